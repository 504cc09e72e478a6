import { applyDecorators, Controller, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EmployeeBody } from '../http/body.interceptor.js';
import { EmployeeGuard } from './employee.js';
import { KnownQuery } from '../http/known-query.interceptor.js';

/** A controller below `/me`: the session of an employee, and bodies that are read behind it. */
export const MeRoute = (path = 'me'): ClassDecorator =>
  applyDecorators(Controller(path), ApiTags('me'), UseGuards(EmployeeGuard), UseInterceptors(KnownQuery, EmployeeBody));
