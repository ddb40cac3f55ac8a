import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { ID } from '../commands.js';
import { IHome, IWords } from '../tokens.js';

export const status: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:status',
  description: 'A quiet item in the status bar, only while something runs or needs you.',
  autoStart: true,
  requires: [IWords, IHome],
  optional: [IStatusBar],
  activate: (app: JupyterFrontEnd, trans: IWords, home: IHome, bar: IStatusBar | null) => {
    if (!bar) {
      return;
    }
    const item = new StatusItem(() => void app.commands.execute(ID.showPanel));
    bar.registerStatusItem('merit-workbench:status', {
      item,
      align: 'left',
      rank: 50,
      isActive: () => item.isActive,
      activeStateChanged: item.changed
    });
    void home.source.then(source => {
      const show = (): void => {
        const { inbox } = source.get();
        const jobs = inbox?.jobs.length ?? 0;
        const needs = inbox?.needs.length ?? 0;
        const texts = [
          jobs > 0 ? trans._n('%1 job', '%1 jobs', jobs) : '',
          needs > 0 ? trans._n('%1 needs you', '%1 need you', needs) : ''
        ];
        item.tell(texts.filter(text => text !== '').join(' · '), trans.__('Show Workbench Panel'));
      };
      source.subscribe(show);
      show();
    });
  }
};

/** A button of fixed width: its neighbours do not move while numbers change. */
class StatusItem extends Widget {
  readonly changed = new Signal<this, void>(this);
  private readonly button = document.createElement('button');

  constructor(press: () => void) {
    super();
    this.addClass('wb-Status');
    this.button.type = 'button';
    this.button.addEventListener('click', press);
    this.node.append(this.button);
  }

  get isActive(): boolean {
    return this.button.textContent !== '';
  }

  tell(text: string, hint: string): void {
    if (this.button.textContent !== text) {
      this.button.textContent = text;
      this.button.title = hint;
      this.changed.emit();
    }
  }
}
