const { default: Sequencer } = require('@jest/test-sequencer');

// Whoever takes minutes; begun last, one of them would run alone.
const longest = ['histories', 'faults', 'interleavings', 'differential', 'cluster', 'scenarios'];

const rankOf = ({ path }) => {
  const rank = longest.findIndex((folder) => path.includes(`/tests/${folder}/`));
  return rank < 0 ? longest.length : rank;
};

/** Begins with what takes longest, also where nothing is known of an earlier run. */
class LongestFirst extends Sequencer {
  async sort(tests) {
    // oxlint-disable-next-line no-array-sort -- it is Jest's own, and no array's
    const sorted = await super.sort(tests);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

module.exports = LongestFirst;
