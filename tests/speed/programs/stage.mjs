// What the programs in JavaScript share: the counter, and how they talk to the program that measures them, which src/stage.rs
// says.
import { createInterface } from 'node:readline';
import process from 'node:process';

const trips = new Uint32Array(20_000);
let count = 0;

export const add = (more) => {
    count += more;
    return count;
};

export const addTrip = (took) => {
    trips[Math.min(Math.floor(took * 1000), trips.length - 1)] += 1;
    count += 1;
};

const medianTrip = () => {
    const half = Math.ceil(trips.reduce((sum, some) => sum + some, 0) / 2);
    let below = 0;
    const middle = trips.findIndex((some) => (below += some) >= half);
    trips.fill(0);
    return Math.max(middle, 0);
};

export const answer = () => {
    const { user, system } = process.cpuUsage();
    const clock = process.hrtime.bigint();
    console.log(`${count} ${(user + system) * 1000} ${clock} ${medianTrip()}`);
};

export const questions = (onLine) => {
    const lines = createInterface({ input: process.stdin });
    lines.on('line', onLine);
    lines.on('close', () => process.exit(0));
};

/** Tells that everything is there, and where datagrams are received; questions are answered from now on. */
export const ready = (port = 0) => {
    console.log(`ready ${port}`);
    questions(answer);
};
