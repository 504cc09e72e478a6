export { ConnectorError, ERROR_CLASSES, REMEDIES, type ConnectorErrorDetail, type ErrorClass } from './errors.js';
export { ConnectorRegistry, createConnectorRegistry, UnknownConnectorKind, type ConnectorPorts } from './registry.js';
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
  EntitlementRef,
  Exchange,
  MemberChange,
  NewAccount,
  ObservedAccount,
  ObservedEntitlement,
  OpenOptions,
  Page,
  TestResult,
} from './spi.js';
