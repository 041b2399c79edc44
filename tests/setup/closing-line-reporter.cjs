/**
 * Prints the skipped tests with their reasons and, as the last line of a run, how many tests
 * passed, failed and were skipped. A run in which no test was executed fails.
 *
 * The reason of a skipped test stands at the end of its title: `… [skipped: reason]`.
 */
class ClosingLineReporter {
  #executed = 0;
  #globalConfig;

  constructor(globalConfig) {
    this.#globalConfig = globalConfig;
  }

  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    const skipped = results.numPendingTests + results.numTodoTests;
    this.#executed = passed + results.numFailedTests;
    const outsideTests = countFilesThatFailedOutsideTests(results);
    // The last line alone must tell that a run without tests is no success.
    const failed = Math.max(results.numFailedTests + outsideTests, this.#executed === 0 ? 1 : 0);
    const { testNamePattern, watch, watchAll } = this.#globalConfig;
    const lines = [
      ...(testNamePattern ? [] : describeSkipped(results)),
      ...(testNamePattern ? [`skipped includes what ${testNamePattern} did not select`] : []),
      ...(this.#executed === 0 ? ['no test was executed, so this run counts as failed'] : []),
      `${passed} passed, ${failed} failed, ${skipped} skipped`,
    ];
    const print = () => process.stdout.write(`${lines.join('\n')}\n`);
    // Jest puts its own summary behind every other reporter.
    if (watch || watchAll) print();
    else process.once('exit', print);
  }

  getLastError() {
    return this.#executed === 0 ? new Error('no test was executed') : undefined;
  }
}

function countFilesThatFailedOutsideTests(results) {
  return results.testResults.filter(
    (file) => file.numFailingTests === 0 && (file.testExecError || file.failureMessage),
  ).length;
}

function describeSkipped(results) {
  return results.testResults.flatMap((file) =>
    file.testResults
      .filter(({ status }) => ['pending', 'skipped', 'todo', 'disabled'].includes(status))
      .map(({ fullName, status }) => {
        const [, reason] = /\[skipped: (.*)\]/.exec(fullName) ?? [];
        return `skipped: ${fullName}: ${reason ?? (status === 'todo' ? 'todo' : 'no reason given')}`;
      }),
  );
}

module.exports = ClosingLineReporter;
