/* Epoch and event ring: is the carton that a record speaks of the carton that a decision reaches?
 *
 * The PLC writes "inducted" records into a ring that is far too small (in fail-safe the oldest is overwritten);
 * its tracking starts over, with or without its memory, and the same ids then stand for other cartons. The host
 * reads status and ring at different moments, decides, and the decision lands late.
 * Source: contract CIL-1, "Event ring R" and "Status block S" (EPOCH).
 *
 * Promises: right_carton (a decision is taken for the carton whose record led to it), whole_record (what the
 * host takes was written like that), applied_once, none_skipped (a record that was there to be read is applied).
 *
 * Bounds: CARTONS, EPOCHS, RING. One reply is one moment of the ring, unless READ_IN_PIECES.
 * Mistakes: EPOCH_OF_STATUS EPOCH_OF_STATUS_TWICE EPOCH_AT_SEND KEY_WITHOUT_EPOCH REREAD_WITHOUT_KEY
 * UNCHECKED_RECORD; READ_IN_PIECES breaks the promise unless the PLC clears both sequence words: CLEAR_BOTH.
 */
#ifndef CARTONS
#define CARTONS 3
#endif
#ifndef EPOCHS
#define EPOCHS 3
#endif
#ifndef RING
#define RING 2
#endif

/* PLC: tracking and ring; a place of the ring is seq % RING */
byte epoch = 1, next_id, cartons;
byte at[CARTONS + 1];                  /* which carton has this id now; 0 = none */
byte c_epoch[CARTONS + 1], c_id[CARTONS + 1], c_seq[CARTONS + 1];
byte head, tail = 1, write_step;
byte word_0[RING], word_8[RING], word_epoch[RING], word_id[RING], word_carton[RING];

/* host: what it holds of the poll that is under way, the sequence it expects, the keys it knows */
byte poll_step, status_epoch, got_0, got_epoch, got_id, got_carton;
byte expected = 1, host_epoch = 1;
bool known[(EPOCHS + 1) * (CARTONS + 1)];
bool applied[CARTONS + 1];
bool decided[CARTONS + 1];             /* a decision made from this record still waits to be sent */

/* network: the decision that came of carton n's record */
byte d_epoch[CARTONS + 1], d_id[CARTONS + 1], deliveries[CARTONS + 1];

bool right_carton = 1, whole_record = 1, applied_once = 1, none_skipped = 1, not_yet_seen = 1;
byte n, k;                             /* scratch */

#define PLACE ((head + 1) % RING)
#ifdef KEY_WITHOUT_EPOCH
#define KEY expected
#else
#define KEY (got_epoch * (CARTONS + 1) + expected)
#endif

inline drop_poll() {
  poll_step = 0; status_epoch = 0; got_0 = 0; got_epoch = 0; got_id = 0; got_carton = 0
}

/* ---- PLC ---- */
active proctype Plc() {
end:
  do
  :: d_step { cartons < CARTONS && write_step == 0 ->   /* a carton passes the induct eye: record begun */
       cartons++; next_id++; at[next_id] = cartons;
       c_epoch[cartons] = epoch; c_id[cartons] = next_id; c_seq[cartons] = head + 1;
       if
       :: head + 1 - tail >= RING -> tail++             /* fail-safe: the oldest goes, and is counted */
       :: else
       fi;
       word_0[PLACE] = 0; write_step = 1 }
#ifdef CLEAR_BOTH
  :: d_step { write_step == 1 -> word_8[PLACE] = 0; write_step = 2 }
#else
  :: d_step { write_step == 1 -> write_step = 2 }
#endif
  :: d_step { write_step == 2 -> word_epoch[PLACE] = c_epoch[cartons]; write_step = 3 }
  :: d_step { write_step == 3 -> word_id[PLACE] = c_id[cartons]; word_carton[PLACE] = cartons; write_step = 4 }
  :: d_step { write_step == 4 -> word_8[PLACE] = head + 1; write_step = 5 }
  :: d_step { write_step == 5 -> word_0[PLACE] = head + 1; head++; write_step = 0 }
  :: d_step { epoch < EPOCHS && write_step == 0 ->      /* tracking starts over, the ring goes on */
       epoch++; next_id = 0;
       for (k : 1 .. CARTONS) { at[k] = 0 }
       k = 0 }
  :: d_step { epoch < EPOCHS && write_step == 0 ->      /* power-up without retention: the ring is gone, too */
       epoch++; next_id = 0; head = 0; tail = 1;
       for (k : 1 .. CARTONS) { at[k] = 0; c_seq[k] = 0 }
       for (k : 0 .. RING - 1) { word_0[k] = 0; word_8[k] = 0; word_epoch[k] = 0; word_id[k] = 0; word_carton[k] = 0 }
       k = 0;
#ifdef READ_IN_PIECES
       drop_poll()                                      /* a reply does not outlive a power-up */
#endif
       }
  :: atomic { select(n : 1 .. CARTONS);                 /* a decision lands: taken if epoch and id are tracked */
       if
       :: deliveries[n] > 0 ->
            deliveries[n]--;
            if
            :: d_epoch[n] == epoch && at[d_id[n]] != 0 ->
                 right_carton = (at[d_id[n]] == n); assert(right_carton);
#ifdef REACH_DECISION
                 not_yet_seen = !(epoch == EPOCHS && cartons == CARTONS); assert(not_yet_seen);
#endif
            :: else
            fi
       :: else
       fi;
       n = 0 }
  od
}

/* ---- host ---- */
inline send(x, e) {                    /* decision for carton x, whose record said id c_id[x] */
  d_epoch[x] = e; d_id[x] = c_id[x]; deliveries[x] = 1; decided[x] = 0
}

inline apply() {
  whole_record = (c_epoch[got_carton] == got_epoch && c_id[got_carton] == got_id); assert(whole_record);
  if
#ifndef REREAD_WITHOUT_KEY
  :: known[KEY]
#endif
  :: else ->
       applied_once = !applied[got_carton]; assert(applied_once);
       known[KEY] = 1; applied[got_carton] = 1;
#ifdef EPOCH_OF_STATUS
       send(got_carton, status_epoch)
#elif defined(EPOCH_OF_STATUS_TWICE)
       if
       :: status_epoch == epoch -> send(got_carton, status_epoch)
       :: else
       fi
#elif defined(EPOCH_AT_SEND)
       decided[got_carton] = 1
#else
       send(got_carton, got_epoch)
#endif
  fi;
  none_skipped = applied[got_carton]; assert(none_skipped);
  expected++
}

#ifdef UNCHECKED_RECORD
#define FITS(w0, w8) true
#else
#define FITS(w0, w8) (w0 == expected && w8 == expected)
#endif
#define HERE (expected % RING)

active proctype Host() {
end:
  do
  :: d_step { poll_step == 0 ->                         /* status: epoch, head, tail */
       status_epoch = epoch;
       if
       :: host_epoch != epoch -> host_epoch = epoch; expected = tail      /* read again, drop the known keys */
       :: else
       fi;
       if
       :: expected < tail -> expected = tail            /* a gap: overwritten, counted */
       :: else
       fi;
       if
       :: head + 1 > expected -> poll_step = 1
       :: write_step > 0 && head + 1 == expected -> poll_step = 1
       :: else -> status_epoch = 0
       fi }
#ifdef READ_IN_PIECES
  :: d_step { poll_step == 1 -> got_0 = word_0[HERE]; poll_step = 2 }
  :: d_step { poll_step == 2 -> got_epoch = word_epoch[HERE]; poll_step = 3 }
  :: d_step { poll_step == 3 -> got_id = word_id[HERE]; got_carton = word_carton[HERE]; poll_step = 4 }
  :: d_step { poll_step == 4 ->
       if
       :: got_carton != 0 && FITS(got_0, word_8[HERE]) -> apply()
       :: else
       fi;
       drop_poll() }
#else
  :: d_step { poll_step == 1 ->
       got_epoch = word_epoch[HERE]; got_id = word_id[HERE]; got_carton = word_carton[HERE];
       if
       :: got_carton != 0 && FITS(word_0[HERE], word_8[HERE]) -> apply()
       :: else
       fi;
       drop_poll() }
#endif
#ifdef EPOCH_AT_SEND
  :: atomic { select(k : 1 .. CARTONS);
       if
       :: decided[k] -> send(k, host_epoch)
       :: else
       fi;
       k = 0 }
#endif
  od
}
