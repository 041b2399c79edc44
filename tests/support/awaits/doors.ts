import type { DataSource, EntitySubscriberInterface } from 'typeorm';

/** The fault that is let in, told from every other error. */
export class LetIn extends Error {
  override readonly name = 'LetIn';
}

/** Counts how often somebody passes, and lets the fault in the k-th time, once. */
export class Gate {
  passed = 0;
  #at = 0;
  #act: () => void = () => undefined;

  arm(at: number, act: () => void): void {
    this.passed = 0;
    this.#at = at;
    this.#act = act;
  }

  readonly pass = (): void => {
    if (++this.passed === this.#at) this.#act();
  };
}

/** Where code that is none of the library's runs while it waits. */
export type Door = (source: DataSource, pass: () => void) => void;

const events = [
  ...['Load'].map((event) => `after${event}`),
  ...['Insert', 'Update', 'Remove'].flatMap((event) => [`before${event}`, `after${event}`]),
  ...['Start', 'Commit', 'Rollback'].flatMap((event) => [
    `beforeTransaction${event}`,
    `afterTransaction${event}`,
  ]),
];

const subscriberTo =
  (names: readonly string[], isLate = false): Door =>
  (source, pass) => {
    const hear = isLate ? async () => pass() : pass;
    const subscriber = Object.fromEntries(names.map((name) => [name, hear]));
    source.subscribers.push(subscriber as EntitySubscriberInterface);
  };

export const doors: Readonly<Record<string, Door>> = {
  'a subscriber before a query, later': subscriberTo(['beforeQuery'], true),
  'a subscriber after a query': subscriberTo(['afterQuery']),
  'a subscriber after a query, later': subscriberTo(['afterQuery'], true),
  'a subscriber to entities and transactions, later': subscriberTo(events, true),
  'the logger': (source, pass) => {
    const { logger } = source;
    const logQuery = logger.logQuery.bind(logger);
    logger.logQuery = (...args) => {
      pass();
      logQuery(...args);
    };
  },
  'the pool': (source, pass) => {
    const driver = source.driver as unknown as { obtainMasterConnection(): Promise<unknown> };
    const obtain = driver.obtainMasterConnection.bind(driver);
    driver.obtainMasterConnection = async () => {
      pass();
      return obtain();
    };
  },
};
