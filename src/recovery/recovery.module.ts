import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import type { Assembly } from '../common/assembly.js';
import { DatabaseModule } from '../database/database.module.js';
import { LinksModule } from '../links/links.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { ScopesModule } from '../scopes/scopes.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { EmailAddresses } from './email-addresses.js';
import { EmailController } from './email.controller.js';
import { InvitationJob } from './invitation-job.js';
import { InvitationsController } from './invitations.controller.js';
import { Invitations } from './invitations.js';
import { LinkAuthors } from './link-authors.js';
import { LinkPagesController } from './pages/link-pages.controller.js';
import { LinkPages } from './pages/link-pages.js';
import { PasswordResetsController } from './password-resets.controller.js';
import { PasswordResets } from './password-resets.js';
import { PasswordsByLink } from './passwords-by-link.js';
import { RefusedLinks } from './refused-links.js';
import { ResetJob } from './reset-job.js';
import { ShownInvitations } from './shown-invitations.js';
import { ShownLinks } from './shown-links.js';

/** What a one-time link opens: invitations, password resets, addresses. */
@Module({})
export class RecoveryModule {
  /** @internal */
  static register(assembly: Assembly): DynamicModule {
    return assembly.module(RecoveryModule, () => ({
      imports: [
        AccessModule.register(assembly),
        AccountsModule.register(assembly),
        DatabaseModule.register(assembly),
        LinksModule.register(assembly),
        OutboxModule.register(assembly),
        ScopesModule.register(assembly),
        SessionsModule.register(assembly),
        ThrottlingModule.register(assembly),
        UsersModule.register(assembly),
      ],
      controllers: assembly.controllers({
        invitations: InvitationsController,
        passwordResets: PasswordResetsController,
        email: EmailController,
        links: LinkPagesController,
      }),
      providers: [
        EmailAddresses,
        InvitationJob,
        Invitations,
        LinkAuthors,
        LinkPages,
        PasswordResets,
        PasswordsByLink,
        RefusedLinks,
        ResetJob,
        ShownInvitations,
        ShownLinks,
      ],
      exports: [EmailAddresses, ShownLinks],
    }));
  }
}
