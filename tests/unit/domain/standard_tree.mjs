// Answers on stdout, as JSON, what @openzeppelin/merkle-tree makes of each tree on stdin:
// [{types, values, prove: [place], multi: [[place]]}] -> [{root, proofs, multi: [{leaves, proof, flags}]}]
import { readFileSync } from 'node:fs';
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';

const trees = JSON.parse(readFileSync(0, 'utf8'));
const answers = trees.map(({ types, values, prove, multi }) => {
  const tree = StandardMerkleTree.of(values, types);
  const place = new Map(values.map((value, i) => [JSON.stringify(value), i]));
  return {
    root: tree.root,
    proofs: prove.map(i => tree.getProof(i)),
    multi: multi.map(places => {
      const { leaves, proof, proofFlags } = tree.getMultiProof(places);
      return { leaves: leaves.map(leaf => place.get(JSON.stringify(leaf))), proof, flags: proofFlags };
    }),
  };
});
process.stdout.write(JSON.stringify(answers));
