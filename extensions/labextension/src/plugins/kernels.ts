import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

/** What a kernel is when it has forgotten the cells that it ran. */
const ENDED = new Set(['restarting', 'autorestarting', 'terminating', 'dead']);

export const kernels: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:kernels',
  description: 'Tells the cards of a notebook when its kernel has ended: widgets are not told of a death.',
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: (panel, { sessionContext }) => {
        const tell = async (): Promise<void> => {
          if (sessionContext.hasNoKernel || ENDED.has(sessionContext.kernelDisplayStatus)) {
            const { KERNEL_ENDED } = await import('merit-workbench-views/kernel_ended');
            panel.node.querySelectorAll('.wb-InCell').forEach(card => {
              card.dispatchEvent(new Event(KERNEL_ENDED));
            });
          }
        };
        sessionContext.statusChanged.connect(() => void tell());
        sessionContext.kernelChanged.connect(() => void tell());
      }
    });
  }
};
