/** Which server; the run's shared one unless told. */
export interface DatabaseServer {
  readonly ownerUrl: string;
  readonly appPassword: string;
}

/** The server that all specs of a run share. */
export function sharedServer(): DatabaseServer {
  const { TEST_DATABASE_OWNER_URL: ownerUrl, TEST_DATABASE_APP_PASSWORD: appPassword } = process.env;
  if (!ownerUrl || !appPassword) throw new Error('These specs need servers: run them with "npm test".');
  return { ownerUrl, appPassword };
}
