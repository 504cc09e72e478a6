import type { FactoryProvider, InjectionToken } from '@nestjs/common';

/** A provider of a plain class: its constructor's arguments, in order. Keeps Nest out of the classes themselves. */
export const provide = <T, Args extends unknown[]>(
  type: new (...args: Args) => T,
  ...inject: { [I in keyof Args]: InjectionToken<Args[I]> }
): FactoryProvider<T> => ({
  provide: type,
  inject: [...inject],
  useFactory: (...args: unknown[]) => new type(...(args as Args)),
});
