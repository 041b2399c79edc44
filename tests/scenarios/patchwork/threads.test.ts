import { emailKeyOf } from '../../../examples/patchwork/mail';
import { makeThreads } from './threads';

describe('the mails of 200 threads', () => {
  const mails = makeThreads(200);
  const sent = [...new Map(mails.map((mail) => [mail.msgid, mail])).values()];

  it('are 1 to 5 patches each, and a cover letter in half of them', () => {
    const totals = new Map(sent.map(({ threadRoot, total }) => [threadRoot, total]));
    const covers = sent.filter(({ number }) => number === 0);

    expect(totals.size).toBe(200);
    expect(new Set(totals.values())).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(covers).toHaveLength(100);
    const patches = [...totals.values()].reduce((sum, total) => sum + total, 0);
    expect(sent).toHaveLength(patches + covers.length);
  });

  it('come twice in about one case of 20', () => {
    const part = (mails.length - sent.length) / sent.length;

    expect(part).toBeGreaterThan(0.03);
    expect(part).toBeLessThan(0.07);
  });

  it('are of new authors in about 3 of 10 threads, all in letters of any case', () => {
    const first = sent.filter(({ msgid, threadRoot }) => msgid === threadRoot);
    const isNew = first.filter((mail) => emailKeyOf(mail).startsWith('new-'));

    expect(isNew.length).toBeGreaterThan(50);
    expect(isNew.length).toBeLessThan(70);
    expect(sent.filter((mail) => mail.senderAddress === emailKeyOf(mail))).toEqual([]);
  });
});
