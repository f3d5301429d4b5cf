// Bun.udpSocket in some of the roles of src/stage.rs.
//
// usage: bun bun.mjs one|many ROLE SIZE NUMBER [ADDRESS PORT]
import process from 'node:process';

import { add, addTrip, ready } from './stage.mjs';

const [way, role, ...rest] = process.argv.slice(2);
const [size, number] = rest.slice(0, 2).map(Number);
const [host, port] = [rest[2], Number(rest[3])];
const payload = Buffer.alloc(size, 1);
// Lengths differ by as much as those of the other peers that send different ones together.
const LENGTHS = 64;
const TOGETHER = 64;

/** A socket; `data` is called with what comes. There is no call for the sizes of its buffers. */
const bound = (data) => {
    let hasRoom = () => {};
    const options = { hostname: '127.0.0.1', port: 0, socket: { data, drain: () => hasRoom() } };
    const room = () => new Promise((then) => (hasRoom = then));
    return Bun.udpSocket(options).then((socket) => ({ socket, room }));
};

/** Lets the loop turn, and if there was no room also waits for some, for a while. */
const pause = (room, isFull) =>
    isFull ? Promise.race([room(), Bun.sleep(20)]) : new Promise((then) => setImmediate(then));

const send = async () => {
    const { socket, room } = await bound(() => {});
    ready();
    for (;;) {
        let sent = 0;
        while (sent < TOGETHER && socket.send(payload, port, host)) {
            sent += 1;
        }
        add(sent);
        await pause(room, sent < TOGETHER);
    }
};

const sendMany = async () => {
    const { socket, room } = await bound(() => {});
    const all = Buffer.alloc(size + LENGTHS, 1);
    const datagrams = Array.from({ length: TOGETHER }, (_, at) => [all.subarray(0, size + (at % LENGTHS)), port, host]);
    const together = datagrams.flat();
    ready();
    for (;;) {
        const sent = socket.sendMany(together);
        add(sent);
        await pause(room, sent < TOGETHER);
    }
};

const receive = async () => {
    const { socket } = await bound((_, data) => add(data[0] === 1 ? 1 : 0));
    ready(socket.port);
};

const ping = async () => {
    let start = 0;
    const next = (socket) => {
        start = performance.now();
        socket.send(payload, port, host);
    };
    const { socket } = await bound((from) => {
        addTrip(performance.now() - start);
        next(from);
    });
    ready();
    for (let sent = 0; sent < number; sent += 1) {
        next(socket);
    }
};

const echo = async () => {
    const { socket } = await bound((from, data, to, address) => {
        from.send(data, to, address);
        add(1);
    });
    ready(socket.port);
};

const roles = { send: way === 'many' ? sendMany : send, receive, ping, echo };
await roles[role]();
