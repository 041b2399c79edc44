import type { Choose } from './step-through';

/** What may be chosen after a prefix of choices, as far as it is known. */
interface Node {
  readonly children: Map<number, Node>;
  isDone: boolean;
}

const newNode = (): Node => ({ children: new Map(), isDone: false });

/**
 * The orders of a program: each is walked once, and which is next is left to chance.
 *
 * Who can go on is known only on the way, because units wait for each other's locks; so the tree of
 * choices grows as it is walked.
 */
export class Orders {
  readonly #random: () => number;
  readonly #root = newNode();
  readonly #walked = new Set<string>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Whether there is no other order. */
  get areExhausted(): boolean {
    return this.#root.isDone;
  }

  /** How many different ones have been walked. */
  get count(): number {
    return this.#walked.size;
  }

  /** Begins another order. `end` must be called when it has been walked. */
  next(): { readonly choose: Choose; end(): void } {
    const path = [this.#root];
    const choices: number[] = [];
    return {
      choose: (ready) => {
        const node = path.at(-1)!;
        for (const unit of ready) if (!node.children.has(unit)) node.children.set(unit, newNode());
        const open = ready.filter((unit) => !node.children.get(unit)!.isDone);
        const candidates = open.length > 0 ? open : ready;
        const chosen = candidates[Math.floor(this.#random() * candidates.length)]!;
        choices.push(chosen);
        path.push(node.children.get(chosen)!);
        return chosen;
      },
      end: () => {
        this.#walked.add(choices.join(''));
        for (const node of path.toReversed()) {
          node.isDone = [...node.children.values()].every(({ isDone }) => isDone);
        }
      },
    };
  }
}
