import { LabIcon } from '@jupyterlab/ui-components';

import compareSvg from '../style/icons/compare.svg';
import trainSvg from '../style/icons/train.svg';

export const trainIcon = new LabIcon({ name: 'merit-workbench:train', svgstr: trainSvg });
export const compareIcon = new LabIcon({ name: 'merit-workbench:compare', svgstr: compareSvg });
