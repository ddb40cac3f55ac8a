import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { Context, Mount } from 'merit-workbench-views/context';

/** What a tab needs to show a view, once its code has been loaded. */
export interface Shown<T> {
  mount: Mount<T>;
  context: Context<T>;
  /** Ends what feeds the view. */
  close?: () => void;
}

/** A widget that shows one of our views; the view's code is loaded when it is first attached. */
export class ViewWidget<T> extends Widget {
  private readonly load: () => Promise<Shown<T>>;
  private end: (() => void) | null = null;

  constructor(load: () => Promise<Shown<T>>) {
    super();
    this.load = load;
    this.addClass('wb-Tab');
    // Reachable by keyboard also where a view has nothing to press yet.
    this.node.tabIndex = -1;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.end === null) {
      this.end = () => undefined;
      void this.draw();
    }
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.focus();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.end?.();
    }
    super.dispose();
  }

  private async draw(): Promise<void> {
    const { mount, context, close } = await this.load();
    if (this.isDisposed) {
      close?.();
      return;
    }
    const host = document.createElement('div');
    this.node.append(host);
    const unmount = mount(host, context);
    this.end = () => {
      unmount();
      close?.();
    };
  }
}
