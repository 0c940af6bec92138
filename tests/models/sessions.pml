/* Two daemons and more: whose decisions count, and what a quarrel between them can do.
 *
 * Up to LIVES daemons, one after the other or at the same time, on one machine or two, decide about one carton.
 * A daemon that does nothing for a while is dead or paused; nothing stops it from going on later. Each begins
 * with a journal that may be an old copy. Writes land late, again and in any order.
 * Source: contract CIL-1, "Sessions", "Sequences", fail-safe rule 3.
 *
 * Promises: hold_counts (once the PLC has judged a hold of the ruling daemon, or any hold in a conflict, no
 * release written before it stands, unless its daemon has lifted it since), hold_wins, conflict_voids (in a conflict nothing leaves by release),
 * one_ruler (a release is taken only from the newest daemon that ever ruled).
 *
 * Bounds: LIVES, WRITES, COPIES (deliveries of a write). Mistakes: RELEASES_STAND_IN_CONFLICT NO_SESSION_IN_SLOT SESSIONS_UNORDERED
 * COUNTERS_NOT_RAISED REFUSAL_MOVES_SEQUENCE. A residual risk: two daemons that begin together and draw the same
 * random session are one to the PLC: SAME_SESSION_DRAWN.
 */
#ifndef LIVES
#define LIVES 3
#endif
#ifndef WRITES
#define WRITES 3
#endif
#ifndef COPIES
#define COPIES 2
#endif
#define MOST 3                         /* room for daemons; LIVES of them are used */
#define HOLD 1
#define RELEASE 2

/* daemons: session 0 = has not begun */
byte lives, d_session[MOST + 1], d_count[MOST + 1];
bool d_raised[MOST + 1];

/* writes in the order in which they were made; the sequence is the writer's own counter */
byte written, w_session[WRITES + 1], w_seq[WRITES + 1], w_lane[WRITES + 1], deliveries[WRITES + 1];

/* PLC; silent = HB_LIMIT has passed since the ruling heartbeat (the other heartbeat) moved */
byte session, host_session;
bool silent = 1, other_silent = 1, conflict, fail_safe = 1;
byte last, lane, taken;
bool gone;

byte newest, held;                     /* known to the checker alone, like: its daemon took this hold back */
bool lifted[WRITES + 1];
bool hold_counts = 1, hold_wins = 1, conflict_voids = 1, one_ruler = 1, not_yet_seen = 1;
byte d, n, l;                          /* scratch */

/* ---- daemons ---- */
#ifdef SAME_SESSION_DRAWN
#define FRESH(x) true
#else
#define FRESH(x) (d_session[1] != (x) && d_session[2] != (x) && d_session[3] != (x))
#endif

active proctype Daemons() {
end:
  do
  :: atomic { !gone && lives < LIVES && silent ->       /* saw no heartbeat for HB_LIMIT; the old one may only be paused */
       select(l : 1 .. 2);                              /* a random step past the session seen */
       if
       :: FRESH(session + l) ->
            lives++; d_session[lives] = session + l;
            if
            :: d_count[lives] = 0                       /* an empty or restored journal, or a longer one */
            :: d_count[lives] = 2
            fi
       :: else
       fi;
       l = 0 }
  :: atomic { !gone && lives > 0 && written < WRITES -> select(d : 1 .. LIVES);
       if
       :: d_session[d] != 0 && d_session[d] == session ->
            select(l : HOLD .. RELEASE);
#ifndef COUNTERS_NOT_RAISED
            if
            :: !d_raised[d] && d_count[d] < last -> d_count[d] = last
            :: else
            fi;
            d_raised[d] = 1;
#endif
            d_count[d]++; written++;
            w_session[written] = d_session[d]; w_seq[written] = d_count[d]; w_lane[written] = l;
            deliveries[written] = COPIES;
            if
            :: l == RELEASE ->
                 for (n : 1 .. WRITES) { lifted[n] = (lifted[n] || (n < written && w_session[n] == session)) }
                 n = 0
            :: else
            fi;
            l = 0
       :: else
       fi;
       d = 0 }
  od
}

/* ---- heartbeat and session write of a daemon reaches the PLC ---- */
#ifdef SESSIONS_UNORDERED
#define MAY_RULE(x) true
#else
#define MAY_RULE(x) (x > session)
#endif

inline heartbeat(x) {
  host_session = x;
  if
  :: x == session -> silent = 0
  :: x != session && !silent -> conflict = 1; fail_safe = 1; other_silent = 0;
#ifndef RELEASES_STAND_IN_CONFLICT
       if
       :: lane == RELEASE -> lane = 0
       :: else
       fi
#endif
  :: x != session && silent ->
       if
       :: MAY_RULE(x) -> session = x; silent = 0; other_silent = 1; fail_safe = 1;
            if
            :: x > newest -> newest = x
            :: else
            fi
       :: else
       fi
  fi
}

/* ---- a decision write reaches the PLC and is judged ---- */
#ifdef NO_SESSION_IN_SLOT
#define OWN true
#else
#define OWN (w_session[n] == session)
#endif

inline judge() {
  if
  :: (conflict && w_lane[n] == HOLD) || (OWN && !conflict && (!fail_safe || w_lane[n] == HOLD)) ->
       if
       :: w_seq[n] > last ->
            if
            :: w_lane[n] == RELEASE -> one_ruler = (w_session[n] == newest); assert(one_ruler)
            :: w_lane[n] == HOLD && n > held -> held = n
            :: else
            fi;
            last = w_seq[n]; lane = w_lane[n]; taken = n
       :: else                                          /* the same record again, or stale */
       fi
  :: !OWN && !(conflict && w_lane[n] == HOLD) ->        /* wrong session */
#ifdef REFUSAL_MOVES_SEQUENCE
       if
       :: w_seq[n] > last -> last = w_seq[n]
       :: else
       fi
#else
       skip
#endif
  :: else ->                                            /* permissive in fail-safe or conflict: refused, */
       if                                               /* but it passed session and id: a copy is stale now */
       :: w_seq[n] > last -> last = w_seq[n]
       :: else
       fi
  fi;
  if
  :: w_lane[n] == HOLD && !lifted[n] && (conflict || w_session[n] == session) ->
       hold_counts = !(lane == RELEASE && taken < n); assert(hold_counts)
  :: else
  fi
}

active proctype Plc() {
end:
  do
  :: atomic { !gone && lives > 0 -> select(d : 1 .. LIVES);
       if
       :: d_session[d] != 0 -> heartbeat(d_session[d])
       :: else
       fi;
       d = 0 }
  :: atomic { !gone && written > 0 -> select(n : 1 .. WRITES);
       if
       :: deliveries[n] > 0 -> deliveries[n]--; judge()
       :: else
       fi;
       n = 0 }
  :: d_step { !gone && !silent -> silent = 1; fail_safe = 1 }             /* HB_LIMIT passes */
  :: d_step { !gone && !other_silent -> other_silent = 1 }
  :: d_step { !gone && fail_safe && !silent && other_silent && host_session == session ->   /* command 34 */
       fail_safe = 0; conflict = 0 }
  :: atomic { !gone ->                                  /* the carton is at the divert */
       if
       :: lane == RELEASE ->
            hold_wins = (taken > held); assert(hold_wins);
            conflict_voids = !conflict; assert(conflict_voids);
#ifdef REACH_RELEASE
            not_yet_seen = !(lives == LIVES && held > 0); assert(not_yet_seen);
#endif
       :: else
       fi;
       gone = 1 }
  od
}
