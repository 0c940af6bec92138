/* Pass mask: may an item go on from a station?
 *
 * The host writes heartbeat, session, epoch and one pass bit in one request; writes land late, again and in any
 * order. The PLC's tracking may start over, the link may be lost, a later daemon may take over.
 * A write's number is its heartbeat. Source: contract CIL-1, "Host block H" (words 0-5), fail-safe rules 1 and 7.
 *
 * Promises, at each moment at which an item goes on: said_so (a write of the host allows it: zero stops),
 * own_epoch, ruling_daemon, newest_word (no later stop was taken), link_alive.
 *
 * Bounds: WRITES, EPOCHS, SESSIONS. Mistakes: HOLD_MASK PASS_WITHOUT_EPOCH PASS_WITHOUT_SESSION
 * PASS_WITHOUT_ORDER PASS_OVER_LINK_LOSS PASS_OVER_EPOCH_CHANGE.
 */
#ifndef WRITES
#define WRITES 4
#endif
#ifndef EPOCHS
#define EPOCHS 2
#endif
#ifndef SESSIONS
#define SESSIONS 2
#endif

byte written, w_epoch[WRITES + 1], w_session[WRITES + 1], deliveries[WRITES + 1];
bool w_bit[WRITES + 1];

byte epoch = 1, session = 1, beat, from;   /* from: the write whose bit stands, 0 = the PLC's own zero */
bool pass_bit, link = 1;

byte newest_stop;                      /* newest write taken in this epoch and session that stops; checker alone */
bool said_so = 1, own_epoch = 1, ruling_daemon = 1, newest_word = 1, link_alive = 1, not_yet_seen = 1;
byte n, b;                             /* scratch */

/* what the bit means, and what a write says with it */
#ifdef HOLD_MASK
#define OPEN (pass_bit == 0)
#define STOPS(x) (w_bit[x] == 1)
#else
#define OPEN (pass_bit == 1)
#define STOPS(x) (w_bit[x] == 0)
#endif
#ifdef PASS_WITHOUT_EPOCH
#define EPOCH_FITS true
#else
#define EPOCH_FITS (w_epoch[n] == epoch)
#endif
#ifdef PASS_WITHOUT_SESSION
#define SESSION_FITS true
#else
#define SESSION_FITS (w_session[n] == session)
#endif
#ifdef PASS_WITHOUT_ORDER
#define LATER true
#else
#define LATER (n > beat)
#endif

active proctype Host() {
end:
  do
  :: atomic { written < WRITES -> select(b : 0 .. 1);
       written++; w_epoch[written] = epoch; w_session[written] = session; w_bit[written] = b;
       deliveries[written] = 2; b = 0 }
  od
}

inline land() {
  if
  :: EPOCH_FITS && SESSION_FITS && LATER ->
       beat = n; pass_bit = w_bit[n]; from = n; link = 1;
       if
       :: STOPS(n) && n > newest_stop && w_epoch[n] == epoch && w_session[n] == session -> newest_stop = n
       :: else
       fi
  :: EPOCH_FITS && SESSION_FITS && !LATER               /* an older heartbeat changes nothing */
  :: else -> pass_bit = 0; from = 0                          /* another epoch or session: counts as zero */
  fi
}

active proctype Plc() {
end:
  do
  :: atomic { written > 0 -> select(n : 1 .. WRITES);
       if
       :: deliveries[n] > 0 -> deliveries[n]--; land()
       :: else
       fi;
       n = 0 }
  :: d_step { link -> link = 0;                         /* no heartbeat for HB_LIMIT */
#ifndef PASS_OVER_LINK_LOSS
       pass_bit = 0; from = 0
#endif
       }
  :: d_step { epoch < EPOCHS -> epoch++; newest_stop = 0;
#ifndef PASS_OVER_EPOCH_CHANGE
       beat = 0; pass_bit = 0; from = 0
#endif
       }
  :: d_step { session < SESSIONS && !link -> session++; beat = 0; pass_bit = 0; from = 0; newest_stop = 0; link = 1 }
  :: atomic { OPEN ->                                   /* an item goes on */
       said_so = (from != 0); assert(said_so);
       own_epoch = (w_epoch[from] == epoch); assert(own_epoch);
       ruling_daemon = (w_session[from] == session); assert(ruling_daemon);
       newest_word = (from > newest_stop); assert(newest_word);
       link_alive = link; assert(link_alive);
#ifdef REACH_PASS
       not_yet_seen = !(epoch == EPOCHS && session == SESSIONS && newest_stop > 0); assert(not_yet_seen);
#endif
       }
  od
}
