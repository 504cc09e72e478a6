import type { Duplex } from 'node:stream';
import { ERROR_CODES, problemType, type ErrorCode } from '@tenure/platform';

/** What Node tells of a request that it cannot read; `rawPacket` is the part of it that came last. */
interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

interface Fault {
  readonly title: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  HPE_HEADER_OVERFLOW: {
    ...{ title: 'Request Header Fields Too Large', code: 'headers_too_long' },
    detail: 'Address and headers may have 64 kB together; send a long filter in the body of POST /.search.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    ...{ title: 'Request Timeout', code: 'request_timeout' },
    detail: 'The request did not come in time.',
  },
};
const MALFORMED: Fault = {
  ...{ title: 'Bad Request', code: 'malformed' },
  detail: 'This is no HTTP request that can be read.',
};

/** Answers what no route sees: an address that is too long, or no HTTP at all. */
export function answerMalformed(error: ClientError, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const fault = FAULTS[error.code ?? ''] ?? MALFORMED;
  const { type, body } = isForAdmins(error.rawPacket) ? problemOf(fault) : scimErrorOf(fault);
  const head = [
    `HTTP/1.1 ${statusOf(fault)} ${fault.title}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Where the address came in an earlier part it is a filter: nothing else is so long. */
function isForAdmins(packet: Buffer | undefined): boolean {
  const [, path] = /^[A-Z]+ (\/\S*)/.exec(packet?.subarray(0, 200).toString('latin1') ?? '') ?? [];
  return path !== undefined && !/^\/scim(\/|$)/.test(path);
}

const statusOf = ({ code }: Fault): number => ERROR_CODES[code].status;

const problemOf = (fault: Fault): { type: string; body: string } => ({
  type: 'application/problem+json',
  body: JSON.stringify({
    type: problemType(fault.code),
    title: fault.title,
    status: statusOf(fault),
    code: fault.code,
    detail: fault.detail,
  }),
});

/** RFC 7644 §3.12. */
const scimErrorOf = (fault: Fault): { type: string; body: string } => ({
  type: 'application/scim+json',
  body: JSON.stringify({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(statusOf(fault)),
    ...(fault === MALFORMED && { scimType: 'invalidSyntax' }),
    detail: fault.detail,
  }),
});
