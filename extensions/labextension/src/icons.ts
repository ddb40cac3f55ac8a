import { LabIcon } from '@jupyterlab/ui-components';

import compareSvg from '../style/icons/compare.svg';
import jobSvg from '../style/icons/job.svg';
import trainSvg from '../style/icons/train.svg';
import workbenchSvg from '../style/icons/workbench.svg';

export const workbenchIcon = new LabIcon({ name: 'merit-workbench:workbench', svgstr: workbenchSvg });
export const jobIcon = new LabIcon({ name: 'merit-workbench:job', svgstr: jobSvg });
export const trainIcon = new LabIcon({ name: 'merit-workbench:train', svgstr: trainSvg });
export const compareIcon = new LabIcon({ name: 'merit-workbench:compare', svgstr: compareSvg });
