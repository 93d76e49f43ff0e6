import * as z from 'zod'
import { complaintAboutPassword } from '../../lib/password-hash.ts'

/** A password that may be set. */
export const newPassword = () =>
  z
    .string()
    .superRefine((password, context) => {
      const complaint = complaintAboutPassword(password)
      if (complaint !== undefined) context.addIssue({ code: 'custom', message: complaint })
    })
    .meta({ format: 'password', minLength: 8, maxLength: 1024 })
