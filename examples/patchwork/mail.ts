/** One mail of a thread: a patch, or the cover letter that introduces the patches. */
export interface Mail {
  readonly projectId: number;
  readonly msgid: string;
  /** The message-id of the first mail of the thread, which may arrive last. */
  readonly threadRoot: string;
  /** 2 of `[PATCH 2/5]`; 0 is the cover letter. */
  readonly number: number;
  /** 5 of `[PATCH 2/5]`. */
  readonly total: number;
  readonly subject: string;
  /** As it was typed: people write it in capital letters today and in small ones tomorrow. */
  readonly senderAddress: string;
  readonly senderName: string;
}

/** The one form of an address: what is looked up is then what the constraint compares. */
export const emailKeyOf = ({ senderAddress }: Pick<Mail, 'senderAddress'>): string =>
  senderAddress.trim().toLowerCase();
