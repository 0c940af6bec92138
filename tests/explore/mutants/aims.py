"""For each mutant that an ordinary day seldom shows, the day that is most likely to.

One rule: an aim only chooses faults, cartons and PLC; the mutant, the program and the checkers stay what they are. Each says
what has to meet.
"""

import msgspec

from controller.rehearsal.swarm import Options, drawn
from simulators.faults.kinds import Kind
from simulators.line_world import Makes


class Aim(msgspec.Struct, frozen=True):
    """`mean_s`: seconds between two strikes of each kind; no other kind strikes. None = all is as the seed draws it."""

    mean_s: dict[Kind, float] | None = None
    changes: dict[str, object] = {}

    def day(self, seed: int) -> Options:
        options = drawn(seed) if self.mean_s is None else msgspec.structs.replace(drawn(seed), mean_s=self.mean_s)
        return msgspec.structs.replace(options, **self.changes)


AS_DRAWN = Aim()


def _every(every_s: float, *kinds: Kind, **changes: object) -> Aim:
    return Aim(dict.fromkeys(kinds, every_s), changes)


# The ring must fill up while nobody reads it.
RING_FULL = Aim({Kind.BUTTON_BOUNCE: 5.0, Kind.HANG: 8.0, Kind.LINK_HALF_OPEN: 8.0})

# Papers that contradict each other, and a line that lets go early of what has left.
CONTRARY_PAPERS = _every(
    12.0, Kind.LIST_LATE, Kind.ORDER_FIRST, Kind.NOTICE_AGAIN, Kind.LIST_OVER_CARTON, Kind.SECOND_CARRIER, Kind.RERUN_ON_BELT,
    Kind.WORD_AFTER_LEAVING, forget_after_s=15, troubled_share=0.1,
)  # fmt: skip

# Trucks come with seals that were cut, and their checks are pressed twice.
PRESSED_AGAIN = _every(6.0, Kind.SEAL_AGAIN, troubled_share=0.0, loads=4)

# Lists are changed when somebody has looked at their cartons: into the box, or at the image.
OPENED_AND_CHANGED = _every(5.0, Kind.DECLARED_OTHERWISE, Kind.RECHECK_CALLED, troubled_share=0.3)
CLEARED_AND_CHANGED = _every(4.0, Kind.DECLARED_OTHERWISE, troubled_share=0.0, draw_permille=600)

AIMS: dict[str, Aim] = {
    "plc_keeps_last_lane": _every(12.0, Kind.KILL, Kind.LINK_CUT),
    "plc_takes_half_written": _every(2.0, Kind.WRITE_TORN),
    "plc_loses_records": RING_FULL,
    "ring_gap_ignored": RING_FULL,
    "table_not_compared": RING_FULL,
    "heartbeat_stops_at_its_end": Aim({}, {"near_wrap": True}),
    # No stack light: it keeps each connection that a power loss left behind, and takes eight.
    "no_full_sync": _every(8.0, Kind.HOST_POWER, Kind.POWER_AT_WRITE, makes=Makes()),
    "holds_dropped_on_restart": _every(5.0, Kind.HOLD, Kind.KILL),
    "duplicate_not_noticed": Aim({}, {"troubled_share": 0.5}),
    "unknown_status_releases": Aim({}, {"troubled_share": 0.5}),
    "findings_ignored": Aim({}, {"troubled_share": 0.5}),
    # A check must be pressed again while the camera looks at a cut seal, which is put together before it looks once more.
    "seal_check_over_forgets": PRESSED_AGAIN,
    "holds_ignored": _every(4.0, Kind.HOLD),
    "anybody_lifts": _every(4.0, Kind.HOLD, Kind.WRONG_ROLE),
    "recall_forgotten": _every(3.0, Kind.RECEIPT_CONTRARY, Kind.RECEIPT_REORDERED),
    "neighbour_decided": Aim({}),
    "events_applied_twice": _every(4.0, Kind.LINK_RESET, Kind.DISK_SLOW, Kind.KILL),
    "ordered_lane_is_taken_lane": _every(5.0, Kind.LANE_FULL, Kind.CARRIED_OVER),
    "lost_carton_stays": _every(4.0, Kind.REMOVED, Kind.SLIP, Kind.EYE_MISSED),
    "wall_clock_is_line_time": _every(8.0, Kind.WALL_CLOCK),
    "clock_never_doubted": _every(8.0, Kind.WALL_CLOCK),
    "device_fault_kept": _every(5.0, Kind.READER_UNPLUGGED),
    "new_sequence_each_write": _every(3.0, Kind.LINK_LOST_REPLY, Kind.LINK_DELAY, Kind.WRITE_TORN),
    "frozen_plc_believed": _every(6.0, Kind.PLC_FROZEN),
    "torn_record_believed": _every(4.0, Kind.RING_TORN),
    "connection_kept_after_time_out": _every(5.0, Kind.LINK_HALF_OPEN, Kind.LINK_DELAY, Kind.LINK_LOST_REPLY),
    "bad_frame_kills_reader": _every(6.0, Kind.READ_GARBAGE, Kind.READ_BIT),
    "image_not_needed": _every(5.0, Kind.IMAGE_NEVER),
    "incomplete_image_taken": _every(5.0, Kind.IMAGE_CUT_OFF, Kind.STOP_BUTTON),
    # Two cartons in one image: it comes when the second one is through, and must still be in time for the first.
    "image_length_ignored": _every(4.0, Kind.IMAGE_MERGED, xray_join="scan_id", image_late_ms=3000, troubled_share=0.0),
    # A carton's own image must be missing, and the next one's bear its id while the first still waits.
    "image_of_another_taken": _every(
        4.0, Kind.IMAGE_NEVER, Kind.IMAGE_WRONG_ID, xray_join="scan_id", image_late_ms=3000, troubled_share=0.0
    ),
    # Its own must be missing, so that a count begins with the next one's, which comes in its time and agrees with those behind.
    "number_of_another_taken": _every(
        4.0, Kind.IMAGE_NEVER, Kind.IMAGE_WRONG_ID, xray_join="counting", image_late_ms=3000, troubled_share=0.0
    ),
    "draw_ignored": Aim({}, {"draw_permille": 250}),
    "told_when_ordered": _every(10.0, Kind.BARRIER_STUCK),
    # What is at the gate must be recalled between the order and the opening: a barrier that sticks makes that longer.
    "barrier_after_no_is_departure": _every(4.0, Kind.GATE_RECALL, Kind.BARRIER_STUCK),
    # An officer must take a clear word back in time, and press twice: at the console both are common.
    "undo_leaves_the_verdict": _every(1.0, console=True, draw_permille=250),
    "picture_need_not_be_drawn": _every(1.0, console=True, draw_permille=250),
    "press_acts_again": _every(1.0, console=True, draw_permille=250),
    # A decision must come too late for its divert: the wire holds it back.
    "plc_releases_late_ones": _every(6.0, Kind.LINK_DELAY, Kind.DISK_SLOW, Kind.HANG, Kind.WRITE_TORN, Kind.PUT_BACK),
    "plc_honours_old_epochs": _every(15.0, Kind.ESTOP, Kind.ESTOP_RACE, Kind.GUARD),
    # Two decisions must stand in different slots, the older one of a carton in the later slot.
    "plc_takes_any_order": _every(4.0, Kind.HOLD, Kind.HOLD_RACE, Kind.UNDONE, Kind.DISK_SLOW),
    "plc_trusts_every_item": _every(4.0, Kind.EXCHANGED_LATE),
    "plc_jam_voids_nothing": _every(12.0, Kind.JAM, Kind.SLIP),
    "plc_tells_the_ordered_lane": _every(6.0, Kind.CARRIED_OVER),
    "plc_ids_go_on_over_epochs": _every(12.0, Kind.ESTOP, Kind.GUARD, Kind.REMOVED, Kind.EXCHANGED),
    "plc_starts_after_estop": _every(15.0, Kind.ESTOP, Kind.GUARD),
    "plc_leaves_fail_safe": _every(15.0, Kind.KILL, Kind.LINK_CUT),
    "timers_lost_on_restart": _every(10.0, Kind.KILL),
    "last_read_bound": Aim({}, {"troubled_share": 0.3}),
    # A carton must pass the verify gate in the very second in which no daemon runs, and be read well everywhere else.
    "unseen_verify_is_scan": _every(15.0, Kind.KILL, troubled_share=0.0, draw_permille=50),
    "inspection_order_forgotten": _every(5.0, Kind.RECEIPT_CONTRARY, troubled_share=0.5),
    "newest_receipt_is_last_one": _every(4.0, Kind.RECEIPT_REORDERED, troubled_share=0.0),
    "list_incomplete_ignored": _every(30.0, Kind.LABEL_DAMAGED, troubled_share=0.0),
    "load_hold_reaches_those_seen": _every(5.0, Kind.HOLD),
    "hold_not_sent": _every(3.0, Kind.HOLD_RACE),
    "conflict_ignored": _every(15.0, Kind.SECOND_DAEMON, Kind.LINK_HALF_OPEN),
    # A hold must be said into an outage, on a carton whose release the PLC has just taken, and be nobody's when the line is back.
    "orders_not_compared": _every(5.0, Kind.HOLD_UNHEARD, troubled_share=0.0),
    # The PLC must doubt a carton that it has asked for while the officer has not answered yet.
    "size_errors_ignored": Aim(
        {Kind.EXCHANGED_LATE: 2.0, Kind.EYE_DOUBLE: 4.0, Kind.OFFICER_SLOW: 3.0}, {"draw_permille": 600, "troubled_share": 0.0}
    ),
    # The epoch must change while a decision is on its way to the disk, or from there to the PLC.
    "epoch_read_at_send": Aim({Kind.ESTOP_RACE: 10.0, Kind.DISK_SLOW: 5.0}),
    "old_records_kept_over_epoch": _every(10.0, Kind.ESTOP_RACE),
    "ready_kept_over_sync": _every(10.0, Kind.ESTOP, Kind.GUARD),
    "session_not_watched": _every(10.0, Kind.SECOND_DAEMON, Kind.KILL, Kind.HANG),
    # The answer to a hold that came too late must be torn from the sequence that it answers.
    "torn_status_believed": Aim({Kind.PLC_TORN: 0.3, Kind.HOLD: 1.0}),
    "stuck_record_skipped": _every(5.0, Kind.RING_TORN),
    "ring_acknowledged_as_read": _every(6.0, Kind.KILL, Kind.DISK_SLOW),
    "dead_journal_goes_on": _every(15.0, Kind.DISK_ERROR, Kind.DISK_FULL),
    "status_not_told": _every(12.0, Kind.ESTOP, Kind.GUARD, Kind.STOP_BUTTON, Kind.JAM),
    "old_reads_believed": _every(6.0, Kind.READS_KEPT),
    # A carton must lie open at the bench, and people must make the mistake that the rule is against.
    "second_officer_by_name_only": _every(6.0, Kind.RECHECK_CALLED, Kind.RECHECK_SAME, troubled_share=0.5),
    "recheck_holds_nothing": _every(4.0, Kind.RECHECK_CALLED, Kind.RECHECK_EARLY, Kind.LABEL_DAMAGED),
    "new_seal_not_compared": _every(6.0, Kind.RECHECK_CALLED, Kind.RECHECK_LABEL, troubled_share=0.5),
    "more_than_declared_is_fine": _every(4.0, Kind.RECHECK_CARELESS, troubled_share=0.5),
    "left_findings_bar_nobody": _every(6.0, Kind.RECHECK_CALLED, Kind.RECHECK_TAKES_AWAY, troubled_share=0.5),
    # The picture of the carton in front must come again with this one's id.
    "repeated_picture_taken": _every(6.0, Kind.IMAGE_REPEAT),
    # An image must come so late that it fits another carton, while that one's own does not come and nothing counts.
    "count_begins_anywhere": _every(4.0, Kind.IMAGE_LATE, Kind.IMAGE_NEVER, xray_join="counting", troubled_share=0.0),
    # What an officer wanted opened must come over the belt again before anybody opened it, and show nothing then.
    "open_verdict_forgotten": _every(6.0, Kind.OFFICER_SUSPECTS, draw_permille=400, troubled_share=0.0),
    # Two who must be looked at are on the screen at once, and the officer takes the one for the other.
    "verdict_moves_its_track": _every(6.0, Kind.OFFICER_WRONG, Kind.OFFICER_SLOW, draw_permille=600),
    # The port must miss a message whose container is gone.
    "message_sent_once": _every(15.0, Kind.PORT_DEAD, Kind.OFFICE_DEAD),
    # What is kept must come over the belt or to the door.
    "custody_holds_nothing": _every(5.0, Kind.CUSTODY_LEFT, Kind.CUSTODY_DOOR, Kind.LABEL_DAMAGED),
    "anybody_ends_custody": _every(5.0, Kind.CUSTODY_LEFT, Kind.WRONG_ROLE, Kind.LABEL_DAMAGED),
    # Customs must be silent for longer than the limit while cartons come.
    "customs_silence_ignored": _every(20.0, Kind.OFFICE_DEAD, silence_limit_s=20),
    # A message must meet an office that does not answer.
    "customs_takes_it_for_sure": _every(20.0, Kind.OFFICE_DEAD),
    # The paper must come while its carton is on the belt, and the word after its list was let go of.
    "order_alone_names_a_list": _every(5.0, Kind.LIST_LATE, troubled_share=0.0, loads=4, cartons_a_load=15),
    "waits_under_its_first_name": _every(5.0, Kind.ORDER_FIRST, troubled_share=0.0),
    "newest_paper_is_right": _every(5.0, Kind.NOTICE_AGAIN, troubled_share=0.0),
    "named_stays_named": _every(5.0, Kind.SECOND_CARRIER, troubled_share=0.0),
    "fetched_is_fetched": _every(5.0, Kind.RERUN_ON_BELT),
    "names_outlive_their_list": _every(5.0, Kind.WORD_AFTER_LEAVING, forget_after_s=15, troubled_share=0.0),
    "late_word_is_a_note": _every(5.0, Kind.WORD_AFTER_LEAVING, forget_after_s=15, troubled_share=0.0),
    # The list must be changed between the look at its carton and the release.
    "old_opening_answers": OPENED_AND_CHANGED,
    "old_clear_answers": CLEARED_AND_CHANGED,
    "old_analysis_answers": CLEARED_AND_CHANGED,
    "customs_told_anew": _every(15.0, Kind.OFFICE_ANSWERS_LOST, Kind.OFFICE_DEAD),
}
