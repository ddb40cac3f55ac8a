// The JavaScript library's own word on trees, many at once: one JSON request a line in, one
// answer a line out. {"values": [[address, amount], …]} is built, {"dump": …} is loaded; both
// answer with the dump, its root, every proof and the CPU seconds it took, or why it was refused.
import { createInterface } from 'node:readline';
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';

for await (const line of createInterface({ input: process.stdin })) {
  const { values, dump, proofs = true } = JSON.parse(line);
  try {
    const before = process.cpuUsage();
    const tree = dump
      ? StandardMerkleTree.load(dump)
      : StandardMerkleTree.of(values, ['address', 'uint256']);
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    const all = proofs ? [...tree.entries()].map(([n]) => tree.getProof(n)) : [];
    console.log(JSON.stringify({ dump: tree.dump(), root: tree.root, proofs: all, seconds }));
  } catch (error) {
    console.log(JSON.stringify({ refused: String(error.message) }));
  }
}
