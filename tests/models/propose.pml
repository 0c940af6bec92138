/* Proposed epoch: may two power-ups of a PLC without retention run under the same epoch?
 *
 * Such a PLC comes up with EPOCH 0 and a new BOOT_NONCE. The host that sees this writes down an epoch that it never
 * used, then proposes it (command 36, naming the nonce), poll after poll; proposals and decisions land late, again and in
 * any order. The host may crash. Track ids begin again at each power-up: one carton a power-up, always with the same id.
 * Source: contract CIL-1, "Status block S" (8 EPOCH, 42 BOOT_NONCE), command 36, "EPOCH inside the slot".
 *
 * Promises: one_power_up (an epoch is in force in one power-up alone), right_carton (a release is taken for the carton it
 * was decided for), tracked_through (no epoch is taken while one is in force: ids on the belt keep their meaning).
 *
 * Bounds: POWERS, PROPOSALS, CRASHES. Mistakes: NO_BOOT_NONCE EPOCH_NOT_JOURNALED TAKEN_OVER_AN_EPOCH.
 */
#ifndef POWERS
#define POWERS 3
#endif
#ifndef PROPOSALS
#define PROPOSALS 4
#endif
#ifndef CRASHES
#define CRASHES 2
#endif

/* PLC */
byte power = 1, epoch, carton;         /* carton: the power-up in which the carton on the belt was inducted, 0 = none */
bool reported;                         /* the host has read this carton's event */

/* host: memory dies in a crash, the journal does not */
byte used, journaled, seen_nonce, crashes, proposals;

/* network: proposals by their number, decisions by the carton they are for */
byte p_epoch[PROPOSALS + 1], p_nonce[PROPOSALS + 1], p_copies[PROPOSALS + 1];
byte d_epoch[POWERS + 1], d_copies[POWERS + 1];

byte ruled[PROPOSALS + 1];             /* the power-up in which an epoch was in force; checker alone */
bool one_power_up = 1, right_carton = 1, tracked_through = 1, not_yet_seen = 1;
byte n;                                /* scratch */

#ifdef NO_BOOT_NONCE
#define NONCE_FITS true
#else
#define NONCE_FITS (p_nonce[n] == power)
#endif
#ifdef TAKEN_OVER_AN_EPOCH
#define MAY_TAKE (p_epoch[n] != epoch)
#else
#define MAY_TAKE (epoch == 0)
#endif

active proctype Plc() {
end:
  do
  :: d_step { power < POWERS -> power++; epoch = 0; carton = 0; reported = 0 }
  :: atomic { proposals > 0 -> select(n : 1 .. PROPOSALS);
       if
       :: p_copies[n] > 0 -> p_copies[n]--;
            if
            :: NONCE_FITS && MAY_TAKE ->
                 tracked_through = (epoch == 0); assert(tracked_through);
                 one_power_up = (ruled[p_epoch[n]] == 0 || ruled[p_epoch[n]] == power); assert(one_power_up);
                 epoch = p_epoch[n]; ruled[epoch] = power
            :: else                                     /* refused: another power-up's, or an epoch is in force */
            fi
       :: else
       fi;
       n = 0 }
  :: d_step { epoch != 0 && carton == 0 -> carton = power }
  :: atomic { select(n : 1 .. POWERS);                  /* a release lands in its slot */
       if
       :: d_copies[n] > 0 -> d_copies[n]--;
            if
            :: carton != 0 && d_epoch[n] == epoch ->
                 right_carton = (n == carton); assert(right_carton);
#ifdef REACH_RELEASE
                 not_yet_seen = !(power == POWERS && crashes == CRASHES); assert(not_yet_seen);
#endif
            :: else
            fi
       :: else
       fi;
       n = 0 }
  od
}

active proctype Host() {
end:
  do
  :: d_step { epoch == 0 && seen_nonce != power -> seen_nonce = power }  /* it reads S; by the time it writes, S may be another */
  :: d_step { seen_nonce != 0 && proposals < PROPOSALS && used < PROPOSALS ->
       proposals++; used++;
#ifndef EPOCH_NOT_JOURNALED
       journaled = used;
#endif
       p_epoch[proposals] = used; p_nonce[proposals] = seen_nonce; p_copies[proposals] = 2; seen_nonce = 0 }
  :: d_step { carton != 0 && !reported ->               /* its event carries its epoch; the release is decided and sent */
       reported = 1; d_epoch[carton] = epoch; d_copies[carton] = 2 }
  :: d_step { crashes < CRASHES -> crashes++; used = journaled; seen_nonce = 0 }
  od
}
