/* A PLC for the driver's test on libmodbus: serves the registers of contract CIL-1 and keeps just enough of it.
 *
 * One rule: no layout is taken from the driver; the offsets are typed in from the contract. It prints its port,
 * serves one connection after the other, counts its heartbeat, takes sessions and decisions, and makes one event.
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>
#include <arpa/inet.h>

enum { S = 0, R = 100, T = 700, H = 900, WORDS = 1000 };
static uint16_t *w;

static int later(uint16_t a, uint16_t b) {
    uint16_t d = (uint16_t)(a - b);
    return a != 0 && (b == 0 || (d > 0 && d < 32768));
}

static int check_holds(const uint16_t *rec) {
    uint16_t sum = 0;
    for (int i = 0; i < 7; i++)
        if (i != 5) sum = (uint16_t)(sum + rec[i]);
    return (uint16_t)(rec[5] + sum) == 0xFFFF;
}

static void scan(void) {
    static uint16_t last_seq;
    if (later(w[H + 1], w[S + 7])) {
        w[S + 7] = w[H + 1];
        memset(&w[S + 26], 0, 12 * sizeof *w);
    }
    if (w[H + 1] && w[H + 1] == w[S + 7]) { w[S + 6] = w[H]; w[S + 24] = w[H + 3]; }
    for (int slot = 0; slot < 8; slot++) {
        const uint16_t *d = &w[H + 16 + 7 * slot];
        if (d[6] == 0 || d[6] == w[S + 28 + slot] || !check_holds(d)) continue;
        int result = 1;
        if (d[0] != w[S + 8]) result = 4;
        else if (d[4] != w[S + 7]) result = 11;
        else if ((d[2] >> 8) + (d[2] & 0xFF) != 255 || d[2] >> 8 == 0) result = 3;
        else if (d[1] != w[T]) result = 5;
        else if (!later(d[6], last_seq)) result = 6;
        if (result == 1) { last_seq = d[6]; w[T + 2] = d[2]; w[T + 3] = d[6]; }
        w[S + 28 + slot] = d[6];
        w[S + 36 + slot / 4] = (uint16_t)((w[S + 36 + slot / 4] & ~(0xF << 4 * (slot % 4))) | result << 4 * (slot % 4));
    }
}

static void power_up(void) {
    const uint16_t head[] = {0xC11E, 1, 1, 0x1234, 0x5678, 1, 0, 100, 7, 1, 6, 0x00E5};
    const uint16_t event[] = {1, 7, 0x0101, 300, 0, 0, 1234, 0, 1};
    memcpy(&w[S], head, sizeof head);
    w[S + 22] = w[S + 23] = 1;
    w[S + 38] = 500; w[S + 39] = 300; w[S + 40] = 0x01FE; w[S + 41] = w[S + 5]; w[S + 42] = 0x0B01;
    memcpy(&w[R], event, sizeof event);
    w[T] = 300; w[T + 1] = 0x0101;
}

int main(void) {
    modbus_t *ctx = modbus_new_tcp("127.0.0.1", 0);
    modbus_mapping_t *map = modbus_mapping_new(0, 0, WORDS, 0);
    int listener = ctx && map ? modbus_tcp_listen(ctx, 1) : -1;
    struct sockaddr_in where;
    socklen_t size = sizeof where;
    if (listener < 0 || getsockname(listener, (struct sockaddr *)&where, &size) < 0) return 1;
    w = map->tab_registers;
    power_up();
    printf("%d\n", ntohs(where.sin_port));
    fflush(stdout);
    while (modbus_tcp_accept(ctx, &listener) >= 0) {
        int open = 1, ticks = 0;
        while (open) {
            uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
            struct timeval wait = {0, 10000};
            fd_set ready;
            FD_ZERO(&ready);
            FD_SET(modbus_get_socket(ctx), &ready);
            if (select(modbus_get_socket(ctx) + 1, &ready, NULL, NULL, &wait) > 0) {
                int length = modbus_receive(ctx, query);
                if (length > 0) modbus_reply(ctx, query, length, map);
                else if (length < 0) open = 0;
            }
            if (++ticks % 10 == 0) w[S + 41] = ++w[S + 5];
            scan();
        }
        modbus_close(ctx);
    }
    return 0;
}
