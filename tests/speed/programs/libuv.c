/* libuv in the roles of src/stage.rs, which says how it talks to the program that measures it.
 *
 * usage: libuv one|many ROLE SIZE NUMBER [ADDRESS PORT]     (many: with UV_UDP_RECVMMSG)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <uv.h>

enum { ROOM = 65536, AT_ONCE = 20, BUFFER = 4 << 20, LONGEST_TRIP = 20000 };

static uv_loop_t *loop;
static uv_pipe_t questions;
static uv_udp_t udp;
static uv_idle_t idle;
static struct sockaddr_in to;
static unsigned flags;
static size_t size, number;
static uint64_t count;
static uint32_t trips[LONGEST_TRIP];
static uint64_t start;
static char payload[ROOM];
static char room[AT_ONCE * ROOM];
static char line[256];
static void (*on_question)(void);

static void check(int result) {
    if (result < 0) {
        fprintf(stderr, "libuv: %s\n", uv_strerror(result));
        exit(1);
    }
}

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void answer(void) {
    uint64_t all = 0, below = 0;
    unsigned median = 0;
    for (int i = 0; i < LONGEST_TRIP; i++) all += trips[i];
    while (median < LONGEST_TRIP - 1 && (below += trips[median]) < (all + 1) / 2) median++;
    memset(trips, 0, sizeof trips);
    printf("%llu %llu %llu %u\n", (unsigned long long)count,
           (unsigned long long)nanoseconds(CLOCK_PROCESS_CPUTIME_ID),
           (unsigned long long)nanoseconds(CLOCK_MONOTONIC), median);
    fflush(stdout);
}

static void line_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    (void)handle, (void)suggested;
    *buf = uv_buf_init(line, sizeof line);
}

static void on_line(uv_stream_t *stream, ssize_t length, const uv_buf_t *buf) {
    (void)stream;
    if (length < 0) exit(0);
    for (ssize_t i = 0; i < length; i++)
        if (buf->base[i] == '\n') on_question();
}

static void listen_for(void (*question)(void)) {
    on_question = question;
    check(uv_pipe_init(loop, &questions, 0));
    check(uv_pipe_open(&questions, 0));
    check(uv_read_start((uv_stream_t *)&questions, line_room, on_line));
}

static void ready(uv_udp_t *socket) {
    struct sockaddr_in name = {0};
    int length = sizeof name;
    if (socket) check(uv_udp_getsockname(socket, (struct sockaddr *)&name, &length));
    printf("ready %d\n", ntohs(name.sin_port));
    fflush(stdout);
}

static void bind_one(uv_udp_t *socket) {
    struct sockaddr_in any;
    uv_ip4_addr("127.0.0.1", 0, &any);
    check(uv_udp_init_ex(loop, socket, AF_INET | flags));
    check(uv_udp_bind(socket, (struct sockaddr *)&any, 0));
}

static void bind_big(uv_udp_t *socket) {
    int in = BUFFER, out = BUFFER;
    bind_one(socket);
    uv_recv_buffer_size((uv_handle_t *)socket, &in);
    uv_send_buffer_size((uv_handle_t *)socket, &out);
}

static int send_to(const char *bytes, size_t length, const struct sockaddr *whom) {
    uv_buf_t buf = uv_buf_init((char *)bytes, (unsigned)length);
    return uv_udp_try_send(&udp, &buf, 1, whom);
}

static void datagram_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    (void)handle, (void)suggested;
    *buf = uv_buf_init(room, flags ? sizeof room : ROOM);
}

static void counted(uv_udp_t *socket, ssize_t length, const uv_buf_t *buf, const struct sockaddr *from, unsigned how) {
    (void)socket, (void)how;
    if (from && length > 0) count += buf->base[0] == 1;
}

static void echoed(uv_udp_t *socket, ssize_t length, const uv_buf_t *buf, const struct sockaddr *from, unsigned how) {
    (void)socket, (void)how;
    if (from && length >= 0) count += send_to(buf->base, (size_t)length, from) >= 0;
}

static void ping(void) {
    start = nanoseconds(CLOCK_MONOTONIC);
    check(send_to(payload, size, (struct sockaddr *)&to));
}

static void ponged(uv_udp_t *socket, ssize_t length, const uv_buf_t *buf, const struct sockaddr *from, unsigned how) {
    (void)socket, (void)buf, (void)how;
    if (!from || length < 0) return;
    uint64_t took = (nanoseconds(CLOCK_MONOTONIC) - start) / 1000;
    trips[took < LONGEST_TRIP ? took : LONGEST_TRIP - 1]++;
    count++;
    ping();
}

static void send_some(uv_idle_t *handle) {
    (void)handle;
    for (int i = 0; i < 64; i++) count += send_to(payload, size, (struct sockaddr *)&to) >= 0;
}

static void churned(uv_handle_t *handle) {
    (void)handle;
    count++;
    bind_one(&udp);
    uv_close((uv_handle_t *)&udp, churned);
}

static void hold(void) {
    static uv_udp_t *held;
    if (!held) {
        held = calloc(number, sizeof *held);
        for (size_t i = 0; i < number; i++) {
            bind_one(&held[i]);
            check(uv_udp_recv_start(&held[i], datagram_room, counted));
        }
    }
    answer();
}

static void receive_with(uv_udp_recv_cb received) {
    bind_big(&udp);
    check(uv_udp_recv_start(&udp, datagram_room, received));
}

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    const char *role = argv[2];
    flags = strcmp(argv[1], "many") == 0 ? UV_UDP_RECVMMSG : 0;
    size = strtoul(argv[3], NULL, 10);
    number = strtoul(argv[4], NULL, 10);
    if (size > ROOM || (argc > 6 && uv_ip4_addr(argv[5], atoi(argv[6]), &to))) return 2;
    memset(payload, 1, sizeof payload);
    loop = uv_default_loop();
    if (!strcmp(role, "send")) {
        bind_big(&udp);
        uv_idle_init(loop, &idle);
        uv_idle_start(&idle, send_some);
        ready(NULL);
    } else if (!strcmp(role, "receive")) {
        receive_with(counted);
        ready(&udp);
    } else if (!strcmp(role, "echo")) {
        receive_with(echoed);
        ready(&udp);
    } else if (!strcmp(role, "ping")) {
        receive_with(ponged);
        ready(NULL);
        for (size_t i = 0; i < number; i++) ping();
    } else if (!strcmp(role, "churn")) {
        bind_one(&udp);
        uv_close((uv_handle_t *)&udp, churned);
        ready(NULL);
    } else if (!strcmp(role, "hold")) {
        ready(NULL);
    } else {
        return 2;
    }
    listen_for(strcmp(role, "hold") ? answer : hold);
    return uv_run(loop, UV_RUN_DEFAULT);
}
