import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const LATENCY_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What one process tells Prometheus. Labels hold kinds and classes, never ids of people. */
export class Metrics {
  readonly registry = new Registry();
  readonly operations = new Counter({
    name: 'tenure_operations_total',
    help: 'Operations made in applications, by connector, kind and outcome',
    labelNames: ['connector', 'operation', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly applicationHealth = new Counter({
    name: 'tenure_application_health_total',
    help: 'Applications that were quarantined, failed a probe again, or healed',
    labelNames: ['connector', 'event'] as const,
    registers: [this.registry],
  });
  readonly commitToApplied = new Histogram({
    name: 'tenure_commit_to_applied_seconds',
    help: 'From the commit of a change to the application’s answer',
    labelNames: ['connector'] as const,
    buckets: LATENCY_BUCKETS,
    registers: [this.registry],
  });
  readonly behind = new Gauge({
    name: 'tenure_behind',
    help: 'Rows that are behind, by stage',
    labelNames: ['stage'] as const,
    registers: [this.registry],
  });
  readonly inboundEvents = new Counter({
    name: 'tenure_inbound_events_total',
    help: 'Events received from sources, by door and outcome',
    labelNames: ['door', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly hintsLost = new Counter({
    name: 'tenure_hints_not_sent_total',
    help: 'Hints that could not be sent after a commit; the timers find their work',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
