/**
 * Of those who ask the same thing at once, one asks for all who came before its question went out: the answer is never older than
 * the asking, and one question at a time is under way for each key.
 */
export class AskedTogether<T> {
  private readonly asked = new Map<string, Promise<T>>();
  private readonly next = new Map<string, Promise<T>>();

  ask(key: string, question: () => Promise<T>): Promise<T> {
    const running = this.asked.get(key);
    if (running === undefined) return this.begin(key, question);
    const waiting = this.next.get(key) ?? running.then(noMatter, noMatter).then(() => this.begin(key, question));
    this.next.set(key, waiting);
    return waiting;
  }

  private begin(key: string, question: () => Promise<T>): Promise<T> {
    this.next.delete(key);
    const running = question().finally(() => {
      if (this.asked.get(key) === running) this.asked.delete(key);
    });
    this.asked.set(key, running);
    return running;
  }
}

const noMatter = (): void => undefined;
