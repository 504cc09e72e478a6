export { ConnectorError, ERROR_CLASSES, REMEDIES, type ConnectorErrorDetail, type ErrorClass } from './errors.js';
export { isEmptyValue, sameButForCase, sameValue } from './compare-values.js';
export { ConnectorRegistry, createConnectorRegistry, UnknownConnectorKind, type ConnectorPorts } from './registry.js';
export { ENDPOINT_CLASSES, UNPACED } from './spi.js';
export type {
  AccountChange,
  AccountKeys,
  Attributes,
  AttributeValue,
  Call,
  Capabilities,
  ConfigFault,
  Connector,
  ConnectorKind,
  EndpointClass,
  EntitlementRef,
  Exchange,
  MemberChange,
  NewAccount,
  ObservedAccount,
  ObservedEntitlement,
  OpenOptions,
  Page,
  Pacing,
  RateHint,
  Switch,
  TestResult,
} from './spi.js';
