/** Bindings §3.4.3: at most 80 bytes. Only characters that every part on the way encodes alike. */
const LOCAL_PATH = /^\/(?![/\\])[\w\-./?=&%#~]{0,79}$/;

/** A RelayState when it is a path of our own, fit to redirect to; else null. Never an address elsewhere. */
export function localPathOf(relayState: unknown): string | null {
  return typeof relayState === 'string' && LOCAL_PATH.test(relayState) ? relayState : null;
}
