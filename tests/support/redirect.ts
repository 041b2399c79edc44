import { Socket } from 'node:net';

/** Where a driver's connections go instead of where it was told to go. */
export interface Destination {
  readonly host: string;
  readonly port: number;
}

/**
 * Sends the later connections of a data source elsewhere: its database moves out of reach while the
 * data source stays as it was.
 */
export class Redirect {
  /** For `extra`: both drivers take a function that makes their socket; pg connects it itself. */
  readonly extra = { stream: (options: { readonly config?: Destination }) => this.#open(options) };
  #destination: Destination | undefined;
  #attempts = 0;

  /** How often a connection has been attempted since the last call of `to`. */
  get attempts(): number {
    return this.#attempts;
  }

  /** @param destination `undefined`: as the driver was told. */
  to(destination: Destination | undefined): void {
    this.#destination = destination;
    this.#attempts = 0;
  }

  #open({ config }: { readonly config?: Destination }): Socket {
    this.#attempts++;
    const socket = new Socket();
    const to = this.#destination ?? config;
    if (config && to) return socket.connect(to.port, to.host);
    if (to) {
      const connect = socket.connect.bind(socket);
      Object.assign(socket, { connect: () => connect(to.port, to.host) });
    }
    return socket;
  }
}
