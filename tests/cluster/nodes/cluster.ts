import {
  askNode,
  initializeNode,
  killNode,
  launchNode,
  pidOf,
  prepareNode,
  recoverPosition,
  signalNode,
  untilMissed,
  untilSynced,
} from './node';
import type { ClusterPlan, NodePlan } from './plan';

/** Told of every process that is started. */
type Watch = (node: NodePlan, pid: number) => void;

/** The nodes of one plan; which of them run is asked of the machine each time. */
export class Cluster {
  readonly plan: ClusterPlan;
  readonly #watch: Watch;

  constructor(plan: ClusterPlan, watch: Watch = () => undefined) {
    this.plan = plan;
    this.#watch = watch;
  }

  get nodes(): readonly NodePlan[] {
    return this.plan.nodes;
  }

  /** @throws {Error} There is no such node. */
  node(number: number): NodePlan {
    const found = this.nodes.find((node) => node.number === number);
    if (found) return found;
    throw new Error(`there is no node ${number}: they are 1 to ${this.nodes.length}`);
  }

  /** Starts all nodes on fresh data: the first one alone, the others then get theirs from it. */
  async start(): Promise<void> {
    const [first, ...others] = this.nodes;
    if (!first) return;
    for (const node of this.nodes) await prepareNode(this.plan, node);
    await initializeNode(this.plan, first);
    await this.#launch(first, ['--wsrep-new-cluster']);
    await untilSynced(first);
    for (const node of others) {
      await this.#launch(node);
      await untilSynced(node);
    }
  }

  /** Ends a node by SIGKILL. @returns Whether it was running. */
  kill(number: number): Promise<boolean> {
    return killNode(this.node(number));
  }

  /**
   * Starts a dead node again, and waits until it has what the others wrote meanwhile.
   *
   * @throws {Error} It did not come back, or there is nobody to come back to.
   */
  async up(number: number): Promise<void> {
    const node = this.node(number);
    if (pidOf(node) === undefined) {
      if (!this.nodes.some((other) => pidOf(other) !== undefined)) {
        throw new Error('no node is up, so there is nobody to join: stop and start the cluster');
      }
      const position = await recoverPosition(this.plan, node);
      await untilMissed(this.nodes.filter((other) => other !== node));
      await this.#launch(node, position ? [`--wsrep-start-position=${position}`] : []);
    }
    await untilSynced(node);
  }

  /** Stops a node in the middle of whatever it does. @returns Whether it was running. */
  pause(number: number): boolean {
    return signalNode(this.node(number), 'SIGSTOP');
  }

  resume(number: number): boolean {
    return signalNode(this.node(number), 'SIGCONT');
  }

  async status(): Promise<readonly string[]> {
    const states = await Promise.all(this.nodes.map(askNode));
    return this.nodes.map(
      (node, i) => `node ${node.number}, port ${node.ports.sql}: ${states[i]?.text}`,
    );
  }

  /** Ends all nodes: nothing of a cluster is kept, so none says goodbye. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(killNode));
  }

  async #launch(node: NodePlan, parameters?: readonly string[]): Promise<void> {
    this.#watch(node, await launchNode(this.plan, node, parameters));
  }
}
