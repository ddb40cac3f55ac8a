import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, MainAreaWidget, Notification, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Problem } from 'merit-workbench-views/problem';
import type { AnswerState } from 'merit-workbench-views/views/answer/index';

import { ID } from '../commands.js';
import { workbenchIcon } from '../icons.js';
import { IHome, IServices, IWords } from '../tokens.js';
import { verbs as verbsOf, type Verb } from '../verbs.js';
import { ViewWidget } from '../view_widget.js';

type Result = Record<string, unknown> | null;

export const verbs: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:verbs',
  description: 'A command for every verb; what signs or spends waits for a person, always.',
  autoStart: true,
  requires: [IServices, IWords, IHome],
  optional: [ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    services: IServices,
    trans: IWords,
    home: IHome,
    palette: ICommandPalette | null
  ) => {
    const tasks: string[] = [];
    void home.source.then(source => {
      const learn = (): void => {
        tasks.splice(0, tasks.length, ...(source.get().inbox?.tasks ?? []).map(task => task.id));
      };
      source.subscribe(learn);
    });
    let n = 0;
    const showAnswer = (title: string, value: unknown): void => {
      const content = new ViewWidget<AnswerState>(async () => {
        const { mount } = await import('merit-workbench-views/views/answer/index');
        const { Settable } = await import('merit-workbench-views/context');
        return { mount, context: { api: services.api, words: trans, source: new Settable({ title, value }) } };
      });
      const tab = new MainAreaWidget({ content });
      n += 1;
      tab.id = `workbench-answer-${n}`;
      tab.title.label = title;
      tab.title.icon = workbenchIcon;
      app.shell.add(tab, 'main');
      app.shell.activateById(tab.id);
    };

    const execute = async (verb: Verb, given: Record<string, unknown>): Promise<Result> => {
      if (verb.elsewhere !== undefined) {
        return await showLine(trans, verb.label, verb.caption, verb.elsewhere);
      }
      const { openVerb } = await import('merit-workbench-views/views/verb/index');
      const { isMissing } = await import('merit-workbench-views/views/verb/call');
      const { run, facts } = verb;
      const call = {
        verb: verb.verb,
        title: verb.label,
        caption: verb.caption,
        goWord: trans.__('Go'),
        args: verb.args,
        given,
        ...(services.identity === '' ? {} : { identity: services.identity }),
        ...(facts && { facts: { of: facts.of, tell: (value: string) => facts.tell(services.api, value) } })
      };
      if (!run) {
        const signed = await openVerb(services.api, trans, call);
        if (signed) {
          const recorded = trans.__('%1: it is recorded.', verb.label);
          if (typeof signed.waiting === 'string' && signed.waiting !== '') {
            Notification.warning(`${recorded} ${trans.__('It moves when a second person approves it. %1', signed.waiting)}`, {
              autoClose: false
            });
          } else {
            const said = (await verb.said?.(signed.result)) ?? '';
            Notification.success(`${recorded} ${said}`.trimEnd(), { autoClose: 5000 });
          }
          const { id } = signed.result as { id?: unknown };
          if (verb.verb === 'propose' && typeof id === 'string') {
            await app.commands.execute('workbench:open-proposal', { proposal: id });
          }
        }
        return signed;
      }
      const ran = async (args: Record<string, unknown>): Promise<Record<string, unknown>> => ({
        answer: await run(services.api, args)
      });
      const result = isMissing(call)
        ? await openVerb(services.api, trans, { ...call, run: ran })
        : await ran(given);
      if (result === null) {
        return null;
      }
      const { answer } = result;
      if (isJob(answer)) {
        await app.commands.execute(ID.openJob, { job: answer.id });
        return { job: answer.id };
      }
      showAnswer(verb.label, answer);
      return { answer };
    };

    for (const verb of verbsOf(trans, tasks)) {
      const command = `workbench:${verb.verb}`;
      const asks = verb.elsewhere !== undefined || verb.run === undefined || verb.args.length > 0;
      app.commands.addCommand(command, {
        label: asks ? trans.__('%1…', verb.label) : verb.label,
        caption: verb.caption,
        icon: workbenchIcon,
        describedBy: { args: schemaOf(verb) },
        execute: async args => {
          try {
            return await execute(verb, picked(verb, args));
          } catch (thrown) {
            const problem = thrown as Partial<Problem>;
            const told = [problem.found, problem.nextStep].filter(Boolean).join('\n\n');
            void showErrorMessage(problem.name ?? verb.label, told === '' ? String(thrown) : told);
            return { problem: problem.details ?? String(thrown) };
          }
        }
      });
      palette?.addItem({ command, category: trans.__('Workbench') });
    }
  }
};

function isJob(value: unknown): value is { id: string } {
  const told = value as { id?: unknown; verb?: unknown; attempts?: unknown } | null;
  return typeof told?.id === 'string' && typeof told.verb === 'string' && 'attempts' in told;
}

/** Return the arguments that the verb knows; what else a caller gives goes nowhere. */
function picked(verb: Verb, args: ReadonlyPartialJSONObject): Record<string, unknown> {
  const names = verb.args.map(one => one.name);
  return Object.fromEntries(
    Object.entries(args).filter(([name, value]) => names.includes(name) && value !== undefined)
  );
}

function schemaOf({ args }: Verb): ReadonlyJSONObject {
  const typeOf = (kind: string | undefined): ReadonlyJSONObject =>
    kind === 'list' ? { type: 'array', items: { type: 'string' } } : { type: kind === 'number' ? 'number' : 'string' };
  return {
    type: 'object',
    properties: Object.fromEntries(
      args.map(one => [
        one.name,
        {
          ...typeOf(one.kind),
          title: one.label,
          description: one.about,
          ...(one.options
            ? { oneOf: one.options.map(({ value, label }) => ({ const: value, title: label })) }
            : {})
        }
      ])
    )
  };
}

async function showLine(trans: IWords, title: string, caption: string, line: string): Promise<Result> {
  const copy = Dialog.okButton({ label: trans.__('Copy') });
  const { button } = await showDialog({
    title,
    body: trans.__('%1. A page may not do that: run this in a terminal or a notebook: %2', caption, line),
    buttons: [Dialog.cancelButton({ label: trans.__('Close') }), copy]
  });
  if (button.accept) {
    await navigator.clipboard.writeText(line);
  }
  return { elsewhere: line };
}
