import { uuidv7 } from 'uuidv7';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** A new time-ordered id (UUIDv7, RFC 9562 §5.7), made here and not by PostgreSQL, which knows it from 18 on only. */
export const newId = (): string => uuidv7();

/** True for the text form of a UUID (RFC 9562 §4). */
export const isUuid = (text: string): boolean => UUID.test(text);
