import type { Schemas } from '../../api.js';
import type { Problem } from '../../problem.js';

export type Why = Schemas['WhyView'];
export type Epoch = Schemas['EpochView'];
export type Marginal = Schemas['MarginalRow'];

/** Why an owner was paid what it was paid. */
export interface WhyState {
  why: Why | null;
  /** Says until when the amount is provisional, and who disputes it. */
  epoch: Epoch | null;
  /** Whether the rows that helped and hurt are still looked for, or why nobody may see them. */
  rows: 'looking' | 'known' | 'unasked';
  rowsProblem: Problem | null;
  problem: Problem | null;
  asOf: string | null;
}

export const NOTHING_YET: WhyState = {
  why: null,
  epoch: null,
  rows: 'unasked',
  rowsProblem: null,
  problem: null,
  asOf: null
};

/** One part of an amount, in micro-credits. */
export interface Part {
  kind: 'share' | 'remainder' | 'cap';
  amount: bigint;
}

/** Return the parts of an amount; `sum` of them is the amount, or the view says that it is not. */
export function partsOf(why: Why): Part[] {
  const parts: Part[] = [{ kind: 'share', amount: BigInt(why.floor) }];
  if (why.rounding !== 0) {
    parts.push({ kind: 'remainder', amount: BigInt(why.rounding) });
  }
  if (BigInt(why.above_cap) !== 0n) {
    parts.push({ kind: 'cap', amount: -BigInt(why.above_cap) });
  }
  return parts;
}

/** Return the sum of the parts, exactly. */
export function sum(parts: readonly Part[]): bigint {
  return parts.reduce((total, part) => total + part.amount, 0n);
}

/** Return the sum of what coalitions of each size give, and what the method estimates beside. */
export function valueParts({ by_size, value }: Why): { known: number; rest: number } {
  const known = by_size.reduce((total, row) => total + (row.part ?? 0), 0);
  const rest = value - known;
  // Sums of floats in two orders differ in their last bits.
  return { known, rest: Math.abs(rest) > 1e-9 * Math.max(1, Math.abs(value)) ? rest : 0 };
}
