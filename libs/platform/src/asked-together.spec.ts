import { describe, expect, it } from '@jest/globals';
import { AskedTogether } from './asked-together.js';

describe('who asks the same at once', () => {
  /** Questions that are answered by hand, in the order in which they went out. */
  function questions(): { ask: (key?: string) => Promise<number>; answers: ((error?: Error) => void)[] } {
    const together = new AskedTogether<number>();
    const answers: ((error?: Error) => void)[] = [];
    const question = (): Promise<number> =>
      new Promise((resolve, reject) => {
        const number = answers.length + 1;
        answers.push((error) => (error ? reject(error) : resolve(number)));
      });
    return { ask: (key = 'a') => together.ask(key, question), answers };
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('is answered by a question that went out after it was asked', async () => {
    const { ask, answers } = questions();
    const first = ask();
    const others = [ask(), ask(), ask()];
    expect(answers).toHaveLength(1);
    answers[0]?.();
    expect(await first).toBe(1);
    await turn();
    expect(answers).toHaveLength(2);
    const late = ask();
    answers[1]?.();
    expect(await Promise.all(others)).toEqual([2, 2, 2]);
    await turn();
    answers[2]?.();
    expect(await late).toBe(3);
  });

  it('is not harmed by the failure of a question before, and asks anew when nobody does', async () => {
    const { ask, answers } = questions();
    const first = ask();
    const second = ask();
    answers[0]?.(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await turn();
    answers[1]?.();
    expect(await second).toBe(2);
    await turn();
    const third = ask();
    answers[2]?.();
    expect(await third).toBe(3);
  });

  it('waits for nobody who asks something else', () => {
    const { ask, answers } = questions();
    void ask('a');
    void ask('b');
    expect(answers).toHaveLength(2);
  });
});
