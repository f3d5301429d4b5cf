// node:dgram in the roles of src/stage.rs, which says how it talks to the program that measures it. For Node, Deno and Bun.
//
// usage: dgram.mjs ROLE SIZE NUMBER [ADDRESS PORT]
import dgram from 'node:dgram';
import process from 'node:process';

import { add, addTrip, answer, questions, ready } from './stage.mjs';

const [role, ...rest] = process.argv.slice(2);
const [size, number] = rest.slice(0, 2).map(Number);
const [host, port] = [rest[2], Number(rest[3])];
const payload = Buffer.alloc(size, 1);
const BUFFER = 4 << 20;

const bound = (then) => {
    const socket = dgram.createSocket('udp4');
    socket.on('error', () => {});
    socket.bind(0, '127.0.0.1', () => {
        // Bun has none of both, and Deno's makes every receive allocate as much.
        if (!process.versions.bun && !process.versions.deno) {
            socket.setRecvBufferSize(BUFFER);
            socket.setSendBufferSize(BUFFER);
        }
        then(socket);
    });
};

const send = () =>
    bound((socket) => {
        ready();
        const round = () => {
            for (let sent = 1; sent < 64; sent += 1) {
                socket.send(payload, port, host);
            }
            socket.send(payload, port, host, () => {
                add(64);
                setImmediate(round);
            });
        };
        round();
    });

const receive = () =>
    bound((socket) => {
        socket.on('message', (data) => {
            add(data[0] === 1 ? 1 : 0);
        });
        ready(socket.address().port);
    });

const ping = () =>
    bound((socket) => {
        let start = 0;
        const next = () => {
            start = performance.now();
            socket.send(payload, port, host);
        };
        socket.on('message', () => {
            addTrip(performance.now() - start);
            next();
        });
        ready();
        for (let sent = 0; sent < number; sent += 1) {
            next();
        }
    });

const echo = () =>
    bound((socket) => {
        socket.on('message', (data, { address, port: to }) => {
            socket.send(data, to, address);
            add(1);
        });
        ready(socket.address().port);
    });

const churn = () => {
    ready();
    const next = () => {
        const socket = dgram.createSocket('udp4');
        socket.bind(0, '127.0.0.1', () => {
            socket.close(() => {
                // In Node all of this is within one tick, and questions would never be read.
                add(1) % 64 === 0 ? setImmediate(next) : next();
            });
        });
    };
    next();
};

const hold = () => {
    const held = [];
    console.log('ready 0');
    const more = () => {
        if (held.length === number) {
            answer();
            return;
        }
        const socket = dgram.createSocket('udp4');
        socket.on('message', () => {});
        held.push(socket);
        socket.bind(0, '127.0.0.1', more);
    };
    questions(more);
};

({ send, receive, ping, echo, churn, hold })[role]();
