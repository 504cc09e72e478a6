/** Bindings §3.4.3: at most 80 bytes. Only characters that every part on the way encodes alike. */
const LOCAL_PATH = /^\/(?![/\\])[\w\-./?=&%#~,@:()+;!*$]{0,79}$/;

/**
 * A RelayState when it is a path of our own, or the whole address of one (`publicUrl`), fit to redirect to; else null. Never
 * an address elsewhere.
 */
export function localPathOf(relayState: unknown, publicUrl = ''): string | null {
  if (typeof relayState !== 'string') return null;
  const path = relayState.startsWith(`${publicUrl}/`) ? relayState.slice(publicUrl.length) : relayState;
  return LOCAL_PATH.test(path) ? path : null;
}
