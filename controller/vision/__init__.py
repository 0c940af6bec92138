"""Pure image functions. No device, no storage, no loop; heavy libraries are loaded by whoever calls, in a process of its own."""
