/** What a payout page claims, held against the log's entry and the signed head, step by step. */

import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { hexBytes, object, readHead, type IHead } from './head';
import { leafHash, rootOf } from './tree';

/** An amount as the page prints it, in µcr, and whose it is. */
export interface ILine {
  owner: string;
  amount: bigint;
}

export interface IClaim {
  epoch: string;
  /** What the entry does: pay, hold until the window has ended, or give back. */
  kind: 'payout' | 'hold' | 'void';
  /** Whether the page prints all that was paid; else one owner's. */
  isWhole: boolean;
  /** Reads what is printed; throws where that is no amounts. */
  printed(): IPrinted;
}

export interface IPrinted {
  lines: ILine[];
  pool: bigint;
  returned: bigint;
}

export interface IStep {
  name: 'amounts' | 'entry' | 'path' | 'signature';
  /** What was found, in words. */
  says: string;
  holds: boolean;
}

interface IPosting {
  destination: string;
  amount: bigint;
}

/** Every step, whether or not one before it failed. */
export function checkPayouts(claim: IClaim, proof: unknown): IStep[] {
  const { entry, index, path, head } = object(proof);
  const text = String(entry);
  return [
    step('amounts', () => checkAmounts(claim, postingsOf(text))),
    step('entry', () => checkEntry(claim, text, index)),
    step('path', () => checkPath(text, index, path, object(object(head).body))),
    step('signature', () => saysOfHead(readHead(head)))
  ];
}

function step(name: IStep['name'], check: () => string): IStep {
  try {
    return { name, says: check(), holds: true };
  } catch (error) {
    return { name, says: error instanceof Error ? error.message : String(error), holds: false };
  }
}

function checkAmounts(claim: IClaim, postings: IPosting[]): string {
  const { lines, pool, returned } = claim.printed();
  const moved = postings.reduce((sum, one) => sum + one.amount, 0n);
  if (moved !== pool) {
    throw new Error(`the entry moves ${credits(moved)}, and the pool is ${credits(pool)}`);
  }
  if (claim.kind !== 'payout') {
    return `the entry moves the whole pool of ${credits(moved)}`;
  }
  const rest = [...postings];
  // What returned is moved last.
  if (returned > 0n && rest.pop()?.amount !== returned) {
    throw new Error(`the entry does not return ${credits(returned)}`);
  }
  for (const { owner, amount } of lines) {
    const place = rest.findIndex(one => one.destination === `user:${owner}`);
    const moves = place < 0 ? 0n : rest.splice(place, 1)[0]!.amount;
    if (moves !== amount) {
      throw new Error(`the entry pays ${credits(moves)} to ${owner}, not ${credits(amount)}`);
    }
  }
  if (claim.isWhole && rest.length > 0) {
    throw new Error(`the entry pays ${rest.length} more than are printed here`);
  }
  const what = claim.isWhole ? 'all amounts are the entry’s' : 'the amount is the entry’s';
  return `${what}, to the millionth`;
}

function checkEntry(claim: IClaim, text: string, index: unknown): string {
  const said = object(JSON.parse(text));
  const entry = object(said.entry);
  const wanted = [claim.epoch, `${claim.epoch}:settled`];
  if (entry.kind !== claim.kind || !wanted.includes(String(entry.id))) {
    throw new Error(`the entry is the ${entry.kind} ${entry.id}, not of this epoch`);
  }
  if (said.seq !== index) {
    throw new Error(`the entry says that it is number ${said.seq}, not ${index}`);
  }
  return `entry ${index} of the log, of ${said.time}, is this epoch’s ${claim.kind}`;
}

function checkPath(text: string, index: unknown, path: unknown, head: Record<string, unknown>) {
  const siblings = (Array.isArray(path) ? path : []).map(one => hexBytes(one, 32));
  const leaf = leafHash(utf8ToBytes(text));
  const root = rootOf(leaf, Number(index), Number(head.size), siblings);
  if (root === null || bytesToHex(root) !== head.root) {
    const found = root === null ? 'to none' : `to ${bytesToHex(root).slice(0, 16)}…`;
    throw new Error(`the entry’s hash leads ${found}, not to the root ${short(head.root)}`);
  }
  return `hash ${bytesToHex(leaf).slice(0, 16)}… leads in ${siblings.length} steps to the root ${short(head.root)}`;
}

function saysOfHead(head: IHead): string {
  return `key ${head.origin.slice(0, 16)}… signed ${head.size} entries at ${head.time}`;
}

function postingsOf(text: string): IPosting[] {
  const { postings } = object(object(JSON.parse(text)).entry);
  if (!Array.isArray(postings)) {
    throw new Error('the entry moves nothing');
  }
  return postings.map(object).map(({ destination, amount }) => {
    if (typeof amount !== 'string' || !/^[1-9]\d*$/.test(amount)) {
      throw new Error('an amount of the entry is no whole number above 0');
    }
    return { destination: String(destination), amount: BigInt(amount) };
  });
}

function short(root: unknown): string {
  return `${String(root).slice(0, 16)}…`;
}

function credits(amount: bigint): string {
  const fraction = (amount % 1_000_000n).toString().padStart(6, '0');
  return `${amount / 1_000_000n}.${fraction} credits`;
}
