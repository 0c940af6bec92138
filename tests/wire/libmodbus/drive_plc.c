/* Reads and drives the PLC simulator with libmodbus, so that a second, independent Modbus implementation has seen its wire.
 *
 * usage: drive_plc HOST PORT SESSION TRACK_ID
 * Takes over as SESSION, leaves fail-safe (command 34), starts the belt (command 2), waits until TRACK_ID is in table T and decides
 * release for it. Prints one "name value" line a fact; exit 0 if every step was answered as the contract CIL-1 says.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <modbus.h>

enum { BASE_S = 0, BASE_T = 700, BASE_H = 900, S_WORDS = 43 };

static modbus_t *plc;
static uint16_t status[S_WORDS];
static uint16_t heartbeat;
static uint16_t session;

static void give_up(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, modbus_strerror(errno));
    exit(1);
}

static void read_status(void)
{
    if (modbus_read_registers(plc, BASE_S, S_WORDS, status) != S_WORDS)
        give_up("read S");
}

static void beat(void)
{
    uint16_t words[6] = {++heartbeat, session, status[8], 0, 1, 0xFFFF};
    if (modbus_write_registers(plc, BASE_H, 6, words) != 6)
        give_up("write heartbeat");
}

static uint16_t check_of(const uint16_t *words)
{
    uint32_t sum = 0;
    for (int i = 0; i < 7; i++)
        if (i != 5)
            sum += words[i];
    return (uint16_t)~sum;
}

/* Repeats the identical record each poll until its echo shows it; returns the result. */
static int mailbox(int at, uint16_t *words, int echo_at)
{
    words[5] = check_of(words);
    for (int poll = 0; poll < 50; poll++) {
        beat();
        if (modbus_write_registers(plc, BASE_H + at, 7, words) != 7)
            give_up("write mailbox");
        usleep(50 * 1000);
        read_status();
        if (status[echo_at] == words[6])
            return echo_at == 26 ? status[27] : status[36] & 15;
    }
    return -1;
}

static int command(uint16_t code, uint16_t seq)
{
    uint16_t words[7] = {session, status[8], code, 0, 0, 0, seq};
    return mailbox(9, words, 26);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    session = (uint16_t)atoi(argv[3]);
    const uint16_t track_id = (uint16_t)atoi(argv[4]);
    plc = modbus_new_tcp(argv[1], atoi(argv[2]));
    if (plc == NULL || modbus_connect(plc) == -1)
        give_up("connect");
    read_status();
    printf("magic %u\nversion %u\nline %u\nprobe %u\n", status[0], status[1], status[2],
           (unsigned)((uint32_t)status[3] << 16 | status[4]));
    if (modbus_read_registers(plc, BASE_S, 101, (uint16_t[101]){0}) == -1)
        printf("too_long %s\n", errno == EMBXILVAL ? "illegal_value" : "other");
    if (modbus_read_registers(plc, 60000, 1, (uint16_t[1]){0}) == -1)
        printf("nowhere %s\n", errno == EMBXILADD ? "illegal_address" : "other");
    for (int poll = 0; poll < 50 && status[7] != session; poll++) {
        beat();
        usleep(50 * 1000);
        read_status();
    }
    printf("session %u\n", status[7]);
    printf("resume %d\n", command(34, 1));
    printf("start %d\n", command(2, 2));

    uint16_t row[4] = {0};
    for (int poll = 0; poll < 200 && row[0] != track_id; poll++) {
        beat();
        usleep(50 * 1000);
        read_status();
        if (modbus_read_registers(plc, BASE_T, 4, row) != 4)
            give_up("read T");
    }
    printf("tracked %u\n", row[0]);
    uint16_t decision[7] = {status[8], track_id, 3 << 8 | 252, 250, session, 0, 1};
    printf("decision %d\n", mailbox(16, decision, 28));
    for (int poll = 0; poll < 20; poll++) {
        beat();
        usleep(50 * 1000);
        if (modbus_read_registers(plc, BASE_T, 4, row) != 4)
            give_up("read T");
    }
    printf("lane %u\nsequence %u\n", row[2], row[3]);
    modbus_close(plc);
    modbus_free(plc);
    return 0;
}
