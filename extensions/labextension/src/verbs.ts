import type { Api, Schemas } from 'merit-workbench-views/api';
import type { Argument } from 'merit-workbench-views/views/verb/call';

import type { IWords } from './tokens.js';

type Given = Record<string, unknown>;

/** A verb of the workbench as a command. */
export interface Verb {
  verb: string;
  label: string;
  caption: string;
  args: Argument[];
  /** How the thing that a field names stands now, in words. */
  facts?: { of: string; tell: (api: Api, value: string) => Promise<string> };
  /** What came of it, in words, from the server's answer. */
  said?: (result: unknown) => Promise<string>;
  /** What runs without a signature; a job, or an answer that is shown. */
  run?: (api: Api, given: Given) => Promise<unknown>;
  /** The line that does it where a page may not. */
  elsewhere?: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

async function held(trans: IWords, task: Schemas['TaskView']): Promise<string> {
  const { credits } = await import('merit-workbench-views/kit/format');
  return trans.__('%1 holds %2 credits in its pool and %3 credits for bounties.', task.title, credits(task.pool), credits(task.bounties));
}

/**
 * Return the verbs, but for those that have a view of their own (contribute, withdraw,
 * review, train, compare, value, why, leaderboard, proposals). Without `run` and `elsewhere` a verb signs, and
 * waits for a person.
 */
export function verbs(trans: IWords, tasks: readonly string[]): Verb[] {
  const task: Argument = {
    name: 'task', label: trans.__('Task'), about: trans.__('Id of the task.'), isRequired: true, choices: tasks
  };
  const run: Argument = { name: 'run', label: trans.__('Run'), about: trans.__('Id of the run.'), isRequired: true };
  const study: Argument = {
    name: 'study', label: trans.__('Study'), about: trans.__('Id of the valuation.'), isRequired: true
  };
  const epoch: Argument = {
    name: 'epoch', label: trans.__('Epoch'), about: trans.__('Id of the epoch, or task:number.'), isRequired: true
  };
  const contribution: Argument = {
    name: 'contribution', label: trans.__('Contribution'), about: trans.__('Id of the contribution.'), isRequired: true
  };
  const hold: Argument = { name: 'hold', label: trans.__('Hold'), about: trans.__('Id of the hold.'), isRequired: true };
  const reason: Argument = {
    name: 'reason', label: trans.__('Reason'), about: trans.__('Why, in words; it is recorded.'), kind: 'long', isRequired: true
  };
  const amount: Argument = {
    name: 'amount', label: trans.__('Amount'), about: trans.__('Credits, such as 12.5.'), kind: 'amount', isRequired: true
  };
  const owner = (about: string): Argument => ({ name: 'owner', label: trans.__('Owner group'), about, isRequired: true });
  const decision = (first: string, firstLabel: string, second: string, secondLabel: string): Argument => ({
    name: 'decision',
    label: trans.__('Decision'),
    about: trans.__('What you decide.'),
    isRequired: true,
    usual: first,
    options: [{ value: first, label: firstLabel }, { value: second, label: secondLabel }]
  });
  const models: Argument = {
    name: 'models', label: trans.__('Models'), about: trans.__('Digests of models or ids of runs, at most eight.'), kind: 'list', isRequired: true
  };
  const proposal: Argument = {
    name: 'proposal', label: trans.__('Proposal'), about: trans.__('Id of the proposal, or its beginning.'), isRequired: true
  };
  const claim: Argument = {
    name: 'claim', label: trans.__('Claim'), about: trans.__('What is better about it, in words; everybody reads it.'), kind: 'long', isRequired: true
  };
  const ofTask = (given: Given): { path: { task: string } } => ({ path: { task: text(given.task) } });
  const ofRun = (given: Given): { path: { run: string } } => ({ path: { run: text(given.run) } });

  return [
    { verb: 'submit', label: trans.__('Submit'), caption: trans.__('Sign the consent of a draft and submit it'), args: [contribution] },
    { verb: 'dispute', label: trans.__('Dispute'), caption: trans.__('Contest an epoch while its window is open'), args: [epoch, reason] },
    {
      verb: 'resolve', label: trans.__('Resolve'), caption: trans.__('Decide on a disputed epoch'),
      args: [
        epoch, decision('dismiss', trans.__('dismiss: the owners are paid'), 'uphold', trans.__('uphold: the pool returns')), reason,
        { name: 'owner', label: trans.__('Owner group'), about: trans.__('Whose dispute, where there are several.') }
      ]
    },
    { verb: 'pay', label: trans.__('Pay'), caption: trans.__('Close an epoch: pay the pool by a sealed valuation'), args: [study] },
    {
      verb: 'fund', label: trans.__('Fund'), caption: trans.__('Put credits into a task: for its data, or for whoever makes its model better'),
      args: [
        task,
        {
          name: 'into', label: trans.__('What for'), about: trans.__('The pool is paid by epochs, bounties by merges.'), usual: 'pool',
          options: [
            { value: 'pool', label: trans.__('its pool: for those whose data help') },
            { value: 'bounties', label: trans.__('its bounties: for those who make its model better') }
          ]
        },
        amount
      ],
      facts: { of: 'task', tell: async (api, id) => held(trans, await api.get('/tasks/{task}', { path: { task: id } })) },
      said: result => held(trans, result as Schemas['TaskView'])
    },
    {
      verb: 'transfer', label: trans.__('Transfer'), caption: trans.__('Give another owner group credits of yours'),
      args: [{ ...owner(trans.__('Who gets them.')), name: 'to' }, amount]
    },
    {
      verb: 'hold', label: trans.__('Hold'), caption: trans.__('Set credits aside for somebody until a time'),
      args: [
        { ...owner(trans.__('For whom.')), name: 'payee' }, amount,
        { name: 'until', label: trans.__('Until'), about: trans.__('When it ends, with its zone: 2027-07-01T12:00:00Z.'), kind: 'instant', isRequired: true }
      ]
    },
    {
      verb: 'settle', label: trans.__('Settle'), caption: trans.__('Take credits that are held for you'),
      args: [hold, { ...amount, about: trans.__('Credits; all of it when empty.'), isRequired: false }]
    },
    { verb: 'void', label: trans.__('Void'), caption: trans.__('Give credits that are held back to who set them aside'), args: [hold] },
    { verb: 'grant', label: trans.__('Grant'), caption: trans.__('Move credits of the treasury; large ones need a second person'), args: [owner(trans.__('Who gets them.')), amount] },
    {
      verb: 'approve', label: trans.__('Approve'), caption: trans.__('Be the second person of a movement of the treasury'),
      args: [{ name: 'id', label: trans.__('Movement'), about: trans.__('Id of the movement.'), isRequired: true }]
    },
    {
      verb: 'propose', label: trans.__('Propose'), caption: trans.__('Offer the model of a fine-tune in the champion’s place'),
      args: [
        run, claim,
        {
          name: 'shares', label: trans.__('Shares'), kind: 'list',
          about: trans.__('Of the bounty, such as author:ana:2/3 data:ben:1/3, together 1; all to the author when empty.')
        }
      ]
    },
    {
      verb: 'review-proposal', label: trans.__('Review a Proposal'), caption: trans.__('Comment on a proposal, approve it, or ask for changes'),
      args: [
        proposal,
        {
          ...decision('approve', trans.__('approve'), 'request-changes', trans.__('ask for changes')),
          options: [
            { value: 'approve', label: trans.__('approve') },
            { value: 'request-changes', label: trans.__('ask for changes') },
            { value: 'comment', label: trans.__('comment only') }
          ]
        },
        reason
      ]
    },
    { verb: 'merge', label: trans.__('Merge'), caption: trans.__('Make a proposal’s model the champion, and pay its bounty'), args: [proposal] },
    { verb: 'rollback', label: trans.__('Roll Back'), caption: trans.__('Undo the latest merge; the champion before stands again'), args: [proposal, reason] },
    {
      verb: 'sizes', label: trans.__('Predict Sizes'), caption: trans.__('How long each size of a fine-tune takes, and how much memory'), args: [task],
      run: (api, given) => api.post('/tasks/{task}/sizes', { ...ofTask(given), body: { parameters: {} } })
    },
    {
      verb: 'generate', label: trans.__('Generate'), caption: trans.__('Let models write after a prompt, side by side'),
      args: [task, models, { name: 'prompt', label: trans.__('Prompt'), about: trans.__('What they go on from.'), kind: 'long', isRequired: true }],
      run: (api, given) =>
        api.post('/tasks/{task}/generations', {
          ...ofTask(given),
          body: { models: texts(given.models), prompts: [text(given.prompt)] } as Schemas['GenerateRequest']
        })
    },
    {
      verb: 'preview', label: trans.__('Preview Values'), caption: trans.__('A quick, indicative look at whose rows help'), args: [task],
      run: (api, given) => api.post('/tasks/{task}/previews', { ...ofTask(given), body: {} })
    },
    {
      verb: 'card', label: trans.__('Model Card'), caption: trans.__('The card of the model that a run has made'), args: [run],
      run: (api, given) => api.get('/runs/{run}/card', ofRun(given))
    },
    {
      verb: 'verify', label: trans.__('Verify'), caption: trans.__('Check the seal of a run: nothing of it was changed'), args: [run],
      run: (api, given) => api.post('/runs/{run}/verifications', ofRun(given))
    },
    {
      verb: 'reproduce', label: trans.__('Reproduce'), caption: trans.__('Do a run again and compare what comes out'), args: [run],
      run: (api, given) => api.post('/runs/{run}/reproductions', { ...ofRun(given), body: {} as Schemas['ReproduceRequest'] })
    },
    {
      verb: 'payouts', label: trans.__('Estimate Payouts'), caption: trans.__('What a valuation would pay, were the pool paid now'), args: [study],
      run: (api, given) => api.get('/valuations/{study}/payouts', { path: { study: text(given.study) } })
    },
    {
      verb: 'back-test', label: trans.__('Back-test'), caption: trans.__('What past epochs would have paid by another rule'),
      args: [task, { name: 'semivalue', label: trans.__('Semivalue'), about: trans.__('Such as shapley, banzhaf or beta(4,1).') }],
      run: (api, given) =>
        api.post('/tasks/{task}/back-tests', {
          ...ofTask(given),
          body: (given.semivalue === undefined ? {} : { semivalue: text(given.semivalue) })
        })
    },
    {
      verb: 'recompute', label: trans.__('Recompute'), caption: trans.__('Recompute an epoch from its evaluations, to the last credit'), args: [epoch],
      run: (api, given) => api.post('/recomputations', { body: { name: text(given.epoch) } })
    },
    {
      verb: 'statement', label: trans.__('Statement'), caption: trans.__('Every movement of an owner group'), args: [owner(trans.__('Whose.'))],
      run: (api, given) => api.get('/statements/{owner}', { path: { owner: text(given.owner) } })
    },
    {
      verb: 'claims', label: trans.__('Claims'), caption: trans.__('What a contract of the EVM needs to pay an epoch'), args: [epoch],
      run: (api, given) => api.get('/epochs/{epoch}/claims', { path: { epoch: text(given.epoch) } })
    },
    { verb: 'publish', label: trans.__('Publish'), caption: trans.__('Write the pages for viewers anew'), args: [], run: api => api.post('/publications', {}) },
    { verb: 'doctor', label: trans.__('Check the Installation'), caption: trans.__('What works here, what does not, and what helps'), args: [], run: api => api.get('/doctor', {}) },
    { verb: 'commit', label: trans.__('Commit to a File'), caption: trans.__('Prove later that you had a file now'), args: [], elsewhere: 'workbench commit TASK FILE --sign' },
    { verb: 'mirror', label: trans.__('Mirror'), caption: trans.__('Take in the records of another home'), args: [], elsewhere: 'workbench mirror import BUNDLE' },
    { verb: 'backup', label: trans.__('Back Up'), caption: trans.__('Write the whole home into one file'), args: [], elsewhere: 'workbench backup FILE' },
    { verb: 'prove', label: trans.__('Prove'), caption: trans.__('A proof that an entry is in the log'), args: [], elsewhere: 'workbench prove ENTRY' },
    { verb: 'sql', label: trans.__('Query by SQL'), caption: trans.__('Ask the records by SQL, read-only'), args: [], elsewhere: 'Bench.open().sql("select * from task")' }
  ];
}
