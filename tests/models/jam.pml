/* Jam rule: which track ids may still be believed after hands were in the belt?
 *
 * The belt is a row of SECTIONS between photo-eyes. Cartons go through it in order; a jam in one section may
 * disturb the eye at either end of it, and then the tracking on both sides of that eye is in doubt. While the
 * belt stands, people take cartons out between the nearest undisturbed eyes and put them back as it comes, or put
 * in another. Decisions arrive at any time, also after the jam. Source: contract CIL-1, fail-safe rules 3 and 4.
 *
 * Promises: right_carton (what leaves by release is the carton that was decided), void_never_released,
 * only_in_doubt (ids outside the nearest undisturbed eyes are not voided).
 *
 * Bounds: CARTONS, SECTIONS, JAMS. Mistakes: VOID_NOTHING VOID_JAM_SECTION_ONLY VOID_KEEPS_RELEASE
 * VOID_TAKES_DECISION VOID_WHOLE_BELT.
 */
#ifndef CARTONS
#define CARTONS 4
#endif
#ifndef SECTIONS
#define SECTIONS 4
#endif
#ifndef JAMS
#define JAMS 2
#endif
#define STRANGER (CARTONS + 1)
#define LEFT (SECTIONS + 1)

byte place[CARTONS + 1];               /* by track id: 0 not yet on the belt, 1..SECTIONS, then LEFT */
byte box[CARTONS + 1];                 /* which carton stands there in truth */
bool release[CARTONS + 1], voided[CARTONS + 1];
byte jams, first, final, eyes_low, eyes_high;   /* sections in doubt; disturbed eyes below and above the jam */
bool standing;                         /* the belt stands, people may reach in */

bool right_carton = 1, void_never_released = 1, only_in_doubt = 1, not_yet_seen = 1;
byte i, j, k;                          /* scratch */

#define ON_BELT(x) (place[x] > 0 && place[x] <= SECTIONS)
#define IN_DOUBT(x) (place[x] >= first && place[x] <= final)

#ifdef VOID_NOTHING
#define VOIDS(x) false
#elif defined(VOID_JAM_SECTION_ONLY)
#define VOIDS(x) (place[x] == k)
#elif defined(VOID_WHOLE_BELT)
#define VOIDS(x) ON_BELT(x)
#else
#define VOIDS(x) IN_DOUBT(x)
#endif

inline move() {                        /* one id into its next section, never past the one before it */
  if
  :: !standing && place[i] < LEFT && (i == 1 || place[i - 1] > place[i] || place[i - 1] == LEFT) ->
       place[i]++;
       if
       :: place[i] == 1 -> box[i] = i
       :: place[i] == LEFT ->
            if
            :: release[i] ->
                 right_carton = (box[i] == i); assert(right_carton);
                 void_never_released = !voided[i]; assert(void_never_released);
#ifdef REACH_RELEASE
                 not_yet_seen = !(jams == JAMS && (voided[1] || voided[2])); assert(not_yet_seen);
#endif
            :: else
            fi;
            release[i] = 0; box[i] = 0
       :: else
       fi
  :: else
  fi
}

inline judge() {                       /* a decision to release track id i reaches the PLC */
  if
#ifdef VOID_TAKES_DECISION
  :: ON_BELT(i) -> release[i] = 1
#else
  :: ON_BELT(i) && !voided[i] -> release[i] = 1
#endif
  :: else
  fi
}

inline void_doubtful() {
  for (i : 1 .. CARTONS) {
    if
    :: VOIDS(i) && ON_BELT(i) ->
         only_in_doubt = IN_DOUBT(i); assert(only_in_doubt);
         voided[i] = 1;
#ifndef VOID_KEEPS_RELEASE
         release[i] = 0
#endif
    :: else
    fi
  }
}

active proctype Plc() {
end:
  do
  :: atomic { select(i : 1 .. CARTONS); move(); i = 0 }
  :: atomic { select(i : 1 .. CARTONS); judge(); i = 0 }
  :: atomic { jams < JAMS && !standing -> jams++; standing = 1;
       select(k : 1 .. SECTIONS); select(eyes_low : 0 .. 1); select(eyes_high : 0 .. 1);
       if
       :: k > eyes_low -> first = k - eyes_low
       :: else -> first = 1
       fi;
       if
       :: k + eyes_high < SECTIONS -> final = k + eyes_high
       :: else -> final = SECTIONS
       fi;
       void_doubtful();
       i = 0; k = 0; eyes_low = 0; eyes_high = 0 }
  od
}

active proctype People() {
end:
  do
  :: atomic { standing -> select(i : 1 .. CARTONS); select(j : 1 .. CARTONS);
       if
       :: i < j && IN_DOUBT(i) && IN_DOUBT(j) -> k = box[i]; box[i] = box[j]; box[j] = k
       :: i == j && IN_DOUBT(i) -> box[i] = STRANGER    /* taken away, another put in its place */
       :: else
       fi;
       i = 0; j = 0; k = 0 }
  :: d_step { standing -> standing = 0; first = 0; final = 0 }
  od
}
