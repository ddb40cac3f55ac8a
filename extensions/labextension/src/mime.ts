import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';

const MIME_TYPE = 'application/vnd.merit-workbench.v1+json';

/** Draws a kept result of the workbench; it needs neither kernel nor server. */
class ResultRenderer extends Widget implements IRenderMime.IRenderer {
  private readonly language: string;
  private end: (() => void) | null = null;

  constructor(options: IRenderMime.IRendererOptions) {
    super();
    this.language = options.translator?.languageCode ?? 'en';
    this.addClass('wb-Result');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const [{ mount, readResult }, { Settable }, { wordsFor }] = await Promise.all([
      import('merit-workbench-views/views/table/index'),
      import('merit-workbench-views/context'),
      import('merit-workbench-views/words/index')
    ]);
    if (this.isDisposed) {
      return;
    }
    this.end?.();
    const host = document.createElement('div');
    this.node.replaceChildren(host);
    const source = new Settable(readResult(model.data[MIME_TYPE]));
    this.end = mount(host, { source, words: wordsFor(this.language) });
  }

  override dispose(): void {
    this.end?.();
    this.end = null;
    super.dispose();
  }
}

const extension: IRenderMime.IExtension = {
  id: 'merit-workbench:mime',
  description: 'Shows results of the workbench that a notebook has kept.',
  rendererFactory: {
    safe: true,
    mimeTypes: [MIME_TYPE],
    // Before HTML, after live widgets.
    defaultRank: 40,
    createRenderer: options => new ResultRenderer(options)
  },
  dataType: 'json'
};

export default extension;
