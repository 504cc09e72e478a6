import { HttpFailure, isLoopback, OutboundHttp, Refusal, type ErrorCode } from '@tenure/platform';
import { IdpMetadataError, isWebAddress, parseIdpMetadata, type IdpMetadata } from '../protocol/parse-idp-metadata.js';
import type { Binding } from '../protocol/outbound-message.js';
import { CertificateError, leavesOf, readCertificates, usableCertificate } from '../protocol/read-certificate.js';

/** How an administrator tells of an IdP: its metadata, where that is, or single values. */
export interface IdpInput {
  readonly idpMetadataXml?: string;
  readonly idpMetadataUrl?: string;
  /** With metadata of several IdPs: which of them. */
  readonly idpEntityId?: string;
  readonly ssoUrl?: string;
  readonly ssoBinding?: Binding;
  readonly sloUrl?: string;
  readonly sloBinding?: Binding;
  readonly certificates?: readonly string[];
}

/** What is known of an IdP. */
export interface IdpValues extends IdpMetadata {
  readonly metadataUrl?: string;
}

const TIMEOUT_MS = 10_000;
const MOST_REDIRECTS = 3;

const refuse = (code: ErrorCode, path: string, message: string): never => {
  throw new Refusal(code, message, [{ path, message }]);
};

/** Reads what an administrator gives of an IdP; asks the network for metadata by URL, so never inside a transaction. */
export async function readIdp(http: OutboundHttp, input: IdpInput, now: Date): Promise<IdpValues> {
  const { idpMetadataXml: xml, idpMetadataUrl: url, idpEntityId: entityId } = input;
  refuseAmbiguous(input);
  if (xml === undefined && url === undefined) return readValues(input);
  try {
    const text = xml ?? (await fetchMetadata(http, url ?? ''));
    const metadata = parseIdpMetadata(text, { now, ...(entityId !== undefined && { entityId }) });
    return { ...metadata, ...(url !== undefined && { metadataUrl: url }) };
  } catch (error) {
    if (!(error instanceof IdpMetadataError)) throw error;
    return refuse('idp_metadata_invalid', xml === undefined ? 'idpMetadataUrl' : 'idpMetadataXml', error.message);
  }
}

function refuseAmbiguous(input: IdpInput): void {
  const ways = [input.idpMetadataXml, input.idpMetadataUrl, input.ssoUrl].filter((way) => way !== undefined);
  if (ways.length !== 1)
    refuse(
      'idp_ambiguous',
      'idpMetadataXml',
      'Give exactly one of idpMetadataXml, idpMetadataUrl, or idpEntityId with ssoUrl and certificates.',
    );
  const addresses = [
    ['ssoBinding', 'ssoUrl'],
    ['sloBinding', 'sloUrl'],
  ] as const;
  for (const [binding, address] of addresses)
    if (input[binding] !== undefined && input[address] === undefined)
      refuse('idp_ambiguous', binding, `${binding} goes with ${address}; metadata says itself how requests are taken.`);
}

/** The metadata at an address; throws `IdpMetadataError` with what to do. */
export async function fetchMetadata(http: OutboundHttp, address: string): Promise<string> {
  let url = address;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    assertSafe(url);
    const answer = await ask(http, url);
    const { location } = answer.headers;
    if (answer.status >= 300 && answer.status < 400 && location !== undefined && URL.canParse(location, url)) {
      url = new URL(location, url).href;
      continue;
    }
    if (answer.status !== 200)
      throw new IdpMetadataError(`The metadata’s address answered ${answer.status}. Is it the right one?`);
    return answer.body;
  }
  throw new IdpMetadataError(`The metadata’s address redirects more than ${MOST_REDIRECTS} times.`);
}

async function ask(http: OutboundHttp, url: string): ReturnType<OutboundHttp['send']> {
  try {
    const headers = { accept: 'application/samlmetadata+xml, application/xml, text/xml, */*;q=0.1' };
    return await http.send({ method: 'GET', url, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw new IdpMetadataError(`The metadata could not be fetched: ${error.message}`, { cause: error });
  }
}

/** Whoever can change metadata on its way decides who logs in: it comes by https, or from this machine. */
function assertSafe(address: string): void {
  const url = isWebAddress(address) ? new URL(address) : undefined;
  if (url?.protocol === 'https:' || (url !== undefined && isLoopback(url))) return;
  throw new IdpMetadataError('The metadata’s address must begin with https:// and have no name or password in it.');
}

function readValues(input: IdpInput): IdpValues {
  const { idpEntityId = '', ssoUrl = '', ssoBinding = 'HTTP-Redirect', sloUrl, sloBinding = 'HTTP-Redirect' } = input;
  if (idpEntityId === '' || idpEntityId.length > 1024 || idpEntityId !== idpEntityId.trim())
    refuse('idp_incomplete', 'idpEntityId', 'idpEntityId is missing: the IdP shows it as its entity id or issuer.');
  for (const [path, address] of Object.entries({ ssoUrl, sloUrl }))
    if (address !== undefined && !isWebAddress(address))
      refuse('idp_incomplete', path, `${path} must be an http(s) address.`);
  return {
    entityId: idpEntityId,
    ssoUrl,
    ssoBinding,
    ...(sloUrl !== undefined && { sloUrl, sloBinding }),
    certificates: readGiven(input),
    wantAuthnRequestsSigned: false,
  };
}

function readGiven({ certificates = [] }: IdpInput): readonly string[] {
  if (certificates.length === 0)
    refuse('idp_incomplete', 'certificates', 'certificates must have the IdP’s signing certificate, as PEM.');
  return [...new Set(certificates.flatMap(readField))];
}

/** Every certificate of a field, or a refusal: one that is left out is missed when the IdP begins to sign with it. */
function readField(text: string, index: number): readonly string[] {
  try {
    const given = readCertificates(text);
    if (leavesOf(given).length < given.length)
      throw new CertificateError('The field has the chain of a certificate: give the IdP’s own certificate alone.');
    return given.map(usableCertificate);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return refuse('certificate_invalid', `certificates[${index}]`, error.message);
  }
}
