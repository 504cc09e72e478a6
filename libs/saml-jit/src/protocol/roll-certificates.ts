/** A certificate of the IdP's by which its signatures are accepted. */
export interface TrustedCertificate {
  readonly pem: string;
  /** Since when (ISO 8601) the IdP does not publish it any more; absent while it does. */
  readonly goneSince?: string;
  /** Of how many days before its end the journal was told last. */
  readonly warnedDays?: number;
}

/** So long a certificate is still good that the IdP has taken out of its metadata: its servers do not change at once. */
export const GRACE_MS = 24 * 60 * 60_000;

const isGood = ({ goneSince }: TrustedCertificate, now: Date): boolean =>
  goneSince === undefined || now.getTime() - Date.parse(goneSince) < GRACE_MS;

/** The certificates that are good now. */
export const goodCertificates = (certificates: readonly TrustedCertificate[], now: Date): string[] =>
  certificates.filter((one) => isGood(one, now)).map(({ pem }) => pem);

/** What an IdP's certificates become when it publishes these: new ones are good at once, old ones for a while. */
export function rollCertificates(
  known: readonly TrustedCertificate[],
  published: readonly string[],
  now: Date,
): readonly TrustedCertificate[] {
  const kept = known.filter((one) => published.includes(one.pem) || isGood(one, now));
  const added = published.filter((pem) => known.every((one) => one.pem !== pem));
  return [
    ...kept.map(({ goneSince, ...one }) =>
      published.includes(one.pem) ? one : { ...one, goneSince: goneSince ?? now.toISOString() },
    ),
    ...added.map((pem) => ({ pem })),
  ];
}
