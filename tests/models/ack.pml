/* Acknowledge after durable: does a host crash lose an event, apply one twice, or release without a record?
 *
 * The PLC keeps events until they are acknowledged (a full ring overwrites the oldest in fail-safe and counts
 * it); the host reads, applies in memory, syncs its journal and acknowledges; a crash loses what was not synced.
 * Acknowledgements and release commands land late and again. The PLC may start a new epoch with its ring kept,
 * or power up without memory and count from 1 again.
 * Source: contract CIL-1, "Event ring R"; journal rule "acknowledge only after the sync".
 *
 * Promises: nothing_lost (what an acknowledgement frees is durable), written_once (one durable row an event),
 * row_before_release (a carton that leaves by release has its durable row).
 *
 * Bounds: EVENTS, CRASHES, EPOCHS, RING. Mistakes: ACK_BEFORE_SYNC ACK_WITHOUT_EPOCH REREAD_WITHOUT_KEY
 * COMMAND_BEFORE_SYNC.
 */
#ifndef EVENTS
#define EVENTS 4
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef EPOCHS
#define EPOCHS 2
#endif
#ifndef RING
#define RING 3
#endif

/* PLC: event n of this power-up has sequence n - base */
byte events, base, tail = 1, epoch = 1;
bool commanded[EVENTS + 1];            /* release for the carton of event n is under way to the PLC */

/* host: memory dies in a crash, the journal does not */
byte expected = 1, host_epoch = 1, ack_to, crashes;
bool in_memory[EVENTS + 1], durable[EVENTS + 1];

/* network: an acknowledgement for each epoch, the newest and an older one */
byte a_seq[2], a_epoch[2], deliveries[2];

bool nothing_lost = 1, written_once = 1, row_before_release = 1, not_yet_seen = 1;
byte n, k;                             /* scratch */

#define HEAD (events - base)

/* ---- PLC ---- */
#ifdef ACK_WITHOUT_EPOCH
#define EPOCH_FITS true
#else
#define EPOCH_FITS (a_epoch[k] == epoch)
#endif

inline acknowledged() {
  if
  :: EPOCH_FITS && a_seq[k] + 1 >= tail && a_seq[k] <= HEAD ->
       do
       :: tail <= a_seq[k] ->
            nothing_lost = durable[base + tail]; assert(nothing_lost);
            tail++
       :: else -> break
       od;
#ifdef REACH_ACK
       not_yet_seen = !(tail == EVENTS - base + 1 && epoch == EPOCHS && crashes == CRASHES); assert(not_yet_seen);
#endif
  :: else
  fi
}

active proctype Plc() {
end:
  do
  :: d_step { events < EVENTS -> events++;
       if
       :: HEAD - tail >= RING -> tail++                 /* overwritten, counted: the gap is known */
       :: else
       fi }
  :: atomic { select(k : 0 .. 1);
       if
       :: deliveries[k] > 0 -> deliveries[k]--; acknowledged()
       :: else
       fi;
       k = 0 }
  :: atomic { select(n : 1 .. EVENTS);                  /* the carton of event n leaves by release */
       if
       :: commanded[n] -> commanded[n] = 0;
            row_before_release = durable[n]; assert(row_before_release)
       :: else
       fi;
       n = 0 }
  :: d_step { epoch < EPOCHS -> epoch++ }               /* the ring stays, the sequence goes on */
  :: d_step { epoch < EPOCHS -> epoch++; base = events; tail = 1 }        /* the ring is gone */
  od
}

/* ---- host ---- */
active proctype Host() {
end:
  do
  :: d_step { host_epoch != epoch -> host_epoch = epoch; expected = tail; ack_to = 0 }
  :: d_step { expected < tail -> expected = tail }
  :: d_step { expected >= tail && expected <= HEAD ->
       n = base + expected;
       if
#ifndef REREAD_WITHOUT_KEY
       :: in_memory[n] || durable[n]                    /* the key (epoch, sequence) is known */
#else
       :: in_memory[n] && !durable[n]
#endif
       :: else ->
            written_once = !durable[n]; assert(written_once);
            in_memory[n] = 1;
#ifdef COMMAND_BEFORE_SYNC
            commanded[n] = 1
#endif
       fi;
       expected++; n = 0;
#ifdef ACK_BEFORE_SYNC
       ack_to = expected - 1
#endif
       }
  :: d_step { expected > 1 && ack_to + 1 != expected -> /* the sync returns */
       for (n : 1 .. EVENTS) {
         if
         :: in_memory[n] -> durable[n] = 1; in_memory[n] = 0;
#ifndef COMMAND_BEFORE_SYNC
              commanded[n] = 1
#endif
         :: else
         fi
       }
       n = 0; ack_to = expected - 1 }
  :: atomic { ack_to > 0 -> select(k : 0 .. 1);   /* written to the PLC, lands when it lands */
       if
       :: deliveries[k] == 0 || (a_epoch[k] == host_epoch && a_seq[k] != ack_to) ->
            a_seq[k] = ack_to; a_epoch[k] = host_epoch; deliveries[k] = 2
       :: else
       fi;
       k = 0 }
  :: d_step { crashes < CRASHES -> crashes++;           /* kill -9 or power cut: memory is gone */
       for (n : 1 .. EVENTS) { in_memory[n] = 0 }
       n = 0; ack_to = 0; host_epoch = epoch; expected = tail }
  od
}
