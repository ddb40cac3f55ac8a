// The JavaScript library's own word on trees, many at once: one JSON request a line in, one
// answer a line out. {"values": [[address, amount], …]} is built, {"dump": …} is loaded; both
// answer with the dump, its root and every proof, or with why it was refused.
import { createInterface } from 'node:readline';
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';

for await (const line of createInterface({ input: process.stdin })) {
  const { values, dump, proofs = true } = JSON.parse(line);
  try {
    const start = performance.now();
    const tree = dump
      ? StandardMerkleTree.load(dump)
      : StandardMerkleTree.of(values, ['address', 'uint256']);
    const seconds = (performance.now() - start) / 1000;
    const all = proofs ? [...tree.entries()].map(([n]) => tree.getProof(n)) : [];
    console.log(JSON.stringify({ dump: tree.dump(), root: tree.root, proofs: all, seconds }));
  } catch (error) {
    console.log(JSON.stringify({ refused: String(error.message) }));
  }
}
