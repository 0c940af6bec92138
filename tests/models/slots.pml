/* Decision slots: which decision may a carton leave on?
 *
 * Two mailbox slots, two tracked items, one host that may restart, a network that delivers a write late, again
 * and in any order (what a dropped connection still had under way lands after the new one's writes), and a PLC
 * whose tracking may start over, after which the same track ids stand for other cartons.
 * A record's number is its sequence. Source: contract CIL-1, "Host block H", "Sequences", "Replacing".
 *
 * Promises: own_decision (the record taken is one that was written, for this very carton), hold_wins (an older
 * release never undoes a hold that was taken), void_stays_void, ruling_daemon (a carton that the new daemon
 * found without a release leaves by release only if that daemon says so).
 *
 * Bounds: WRITES, EPOCHS, SESSIONS; COPY_IN_STEPS lets writes land while the PLC copies a slot; NO_VOIDING leaves
 * that step out. GIVEN_UP: the slot of a release without an echo may be used again at any time (the driver does so for
 * one that is wanted no more and whose connection has broken).
 * Mistakes: NO_EPOCH_IN_SLOT HOST_EPOCH_REGISTER NO_SESSION_IN_SLOT NO_SEQUENCE_ORDER SEQUENCE_PER_SLOT
 * VOID_FORGETS_SEQUENCE NO_CHECK_WORD SEQUENCE_AROUND_BODY. Harmless on its own: KEEP_BLOCK.
 */
#ifndef WRITES
#define WRITES 3
#endif
#ifndef EPOCHS
#define EPOCHS 2
#endif
#ifndef SESSIONS
#define SESSIONS 2
#endif
#define ITEMS 2
#define HOLD 1
#define RELEASE 2

/* what the host wrote: record n has sequence n; deliveries = how often it may still land */
byte written;
byte r_epoch[WRITES + 1], r_session[WRITES + 1], r_item[WRITES + 1], r_lane[WRITES + 1], r_slot[WRITES + 1];
byte deliveries[WRITES + 1];
byte mine[2];                          /* the host's own last record in a slot, this epoch and session */

/* the PLC: slot words (number of the record that stands there), echoes, tracking */
byte slot[2], echo[2];
byte epoch = 1, session = 1;
byte host_epoch = 1;                   /* register of the block; only HOST_EPOCH_REGISTER looks at it */
bool tracked[ITEMS + 1];
byte last[ITEMS + 1], lane[ITEMS + 1], taken[ITEMS + 1];
byte last_of_slot[2];

/* known to the checker alone */
byte held[ITEMS + 1], voided[ITEMS + 1];
bool found_without[ITEMS + 1];
bool own_decision = 1, hold_wins = 1, void_stays_void = 1, ruling_daemon = 1, not_yet_seen = 1;

byte n, s, i, l;                       /* scratch, zero between steps */
byte copy_slot, copy_step, part_a, part_b, part_c;

#define FREE(x) (mine[x] == 0 || echo[x] == mine[x])
#define PENDING(x) (slot[x] != 0 && slot[x] != echo[x])

inline forget_item(x) {
  lane[x] = 0; taken[x] = 0; last[x] = 0; held[x] = 0; voided[x] = 0; found_without[x] = 0
}

/* ---- host ---- */
active proctype Host() {
end:
  do
  :: atomic { written < WRITES ->
       if
       :: written == 0 -> s = 0; i = 1                  /* slots and items are alike: nothing is lost */
       :: written != 0 -> select(s : 0 .. 1); select(i : 1 .. ITEMS)
       fi;
       select(l : HOLD .. RELEASE);
       if
       :: FREE(s) ->
            written++;
            r_epoch[written] = epoch; r_session[written] = session; r_item[written] = i;
            r_lane[written] = l; r_slot[written] = s; deliveries[written] = 2; mine[s] = written;
            if
            :: l == RELEASE -> found_without[i] = 0
            :: else
            fi
       :: else
       fi;
       s = 0; i = 0; l = 0 }
  :: atomic { session < SESSIONS ->                     /* killed and started: a later session, table T read */
       session++; mine[0] = 0; mine[1] = 0; echo[0] = 0; echo[1] = 0;
       found_without[1] = (lane[1] != RELEASE); found_without[2] = (lane[2] != RELEASE) }
  :: d_step { host_epoch != epoch -> host_epoch = epoch }
#ifdef GIVEN_UP
  :: d_step { !FREE(0) && r_lane[mine[0]] == RELEASE -> mine[0] = 0 }   /* its connection broke: no answer, and unwanted */
  :: d_step { !FREE(1) && r_lane[mine[1]] == RELEASE -> mine[1] = 0 }
#endif
  od
}

/* ---- network: late, again, in any order ---- */
active proctype Network() {
end:
  do
  :: atomic { written > 0 -> select(n : 1 .. WRITES);
       if
       :: deliveries[n] > 0 -> deliveries[n]--; slot[r_slot[n]] = n
       :: else
       fi;
       n = 0 }
  od
}

/* ---- PLC ---- */
#ifdef NO_EPOCH_IN_SLOT
#define EPOCH_FITS true
#elif defined(HOST_EPOCH_REGISTER)
#define EPOCH_FITS (host_epoch == epoch)
#else
#define EPOCH_FITS (r_epoch[n] == epoch)
#endif
#ifdef NO_SESSION_IN_SLOT
#define SESSION_FITS true
#else
#define SESSION_FITS (r_session[part_c] == session)
#endif
#ifdef NO_SEQUENCE_ORDER
#define LATER true
#elif defined(SEQUENCE_PER_SLOT)
#define LATER (part_c > last_of_slot[copy_slot])
#else
#define LATER (part_c > last[i])
#endif
/* parts of a record: a = epoch and item, b = lane, c = session and sequence; the check word covers all */
#ifdef NO_CHECK_WORD
#define WHOLE (part_a != 0 && part_b != 0 && part_c != 0)
#define BODY part_a
#elif defined(SEQUENCE_AROUND_BODY)
#define WHOLE (part_a != 0 && part_a == part_c && part_b != 0)
#define BODY part_b
#else
#define WHOLE (part_a != 0 && part_a == part_b && part_b == part_c)
#define BODY part_a
#endif

inline judge() {
  if
  :: WHOLE && part_c != echo[copy_slot] ->
       n = BODY; i = r_item[n];
       if
       :: EPOCH_FITS && SESSION_FITS && tracked[i] && LATER ->
            last[i] = part_c; last_of_slot[copy_slot] = part_c;
            taken[i] = part_c; lane[i] = r_lane[part_b];
            if
            :: lane[i] == HOLD && part_c > held[i] -> held[i] = part_c
            :: else
            fi
       :: else                                          /* refused, repeated or stale: consumed, changes nothing */
       fi;
       echo[copy_slot] = part_c
  :: else                                               /* check word wrong: stays pending */
  fi;
  n = 0; i = 0; copy_slot = 0; copy_step = 0; part_a = 0; part_b = 0; part_c = 0
}

active proctype Scan() {
end:
  do
#ifdef COPY_IN_STEPS
  :: atomic { copy_step == 0 && PENDING(0) -> copy_slot = 0; part_a = slot[0]; copy_step = 1 }
  :: atomic { copy_step == 0 && PENDING(1) -> copy_slot = 1; part_a = slot[1]; copy_step = 1 }
  :: atomic { copy_step == 1 -> part_b = slot[copy_slot]; copy_step = 2 }
  :: atomic { copy_step == 2 -> part_c = slot[copy_slot]; judge() }
#else
  :: atomic { PENDING(0) -> copy_slot = 0; part_a = slot[0]; part_b = part_a; part_c = part_a; judge() }
  :: atomic { PENDING(1) -> copy_slot = 1; part_a = slot[1]; part_b = part_a; part_c = part_a; judge() }
#endif
  od
}

/* ---- belt: cartons come, leave, lose their release, and tracking starts over ---- */
active proctype Belt() {
  d_step { tracked[1] = 1; tracked[2] = 1 };
end:
  do
  :: atomic { select(i : 1 .. ITEMS);
       if
       :: tracked[i] ->
            if
            :: lane[i] == RELEASE ->
                 own_decision = (r_epoch[taken[i]] == epoch && r_item[taken[i]] == i && r_lane[taken[i]] == RELEASE);
                 assert(own_decision);
                 hold_wins = (taken[i] > held[i]); assert(hold_wins);
                 void_stays_void = (taken[i] != voided[i]); assert(void_stays_void);
                 ruling_daemon = !found_without[i]; assert(ruling_daemon);
#ifdef REACH_RELEASE
                 not_yet_seen = !(epoch == EPOCHS && session == SESSIONS && held[i] > 0); assert(not_yet_seen);
#endif
            :: else
            fi;
            tracked[i] = 0; forget_item(i)
       :: else
       fi;
       i = 0 }
#ifndef NO_VOIDING
  :: atomic { select(i : 1 .. ITEMS);                   /* ttl over, or the belt started while the link was lost */
       if
       :: tracked[i] && lane[i] == RELEASE -> lane[i] = 0; voided[i] = taken[i];
#ifdef VOID_FORGETS_SEQUENCE
            last[i] = 0
#endif
       :: else
       fi;
       i = 0 }
#endif
  :: atomic { epoch < EPOCHS -> epoch++;
       forget_item(1); forget_item(2); tracked[1] = 1; tracked[2] = 1;
       echo[0] = 0; echo[1] = 0; mine[0] = 0; mine[1] = 0; last_of_slot[0] = 0; last_of_slot[1] = 0;
#ifndef KEEP_BLOCK
       slot[0] = 0; slot[1] = 0; host_epoch = 0
#endif
       }
  od
}
