import { describe } from '@jest/globals';
import { sharedServer } from '../support/shared-server.js';
import { describeMigrations } from './migrations/migrations-contract.js';

describe('migrations', () => describeMigrations(sharedServer));
