export { describeConnectorContract } from './contract.js';
export { FAULTS, type ConnectorHarness, type Fault } from './harness.js';
export { recordedCall, type RecordedCall } from './recorded-calls.js';
