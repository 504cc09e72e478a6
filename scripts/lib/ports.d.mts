/** Whether nobody listens on a port, on the loopback address or on all addresses. */
export function isPortFree(port: number): Promise<boolean>;
/** A free port that no outgoing connection can take meanwhile. */
export function freePort(): Promise<number>;
