import { LabIcon } from '@jupyterlab/ui-components';

import jobSvg from '../style/icons/job.svg';
import workbenchSvg from '../style/icons/workbench.svg';

export const workbenchIcon = new LabIcon({ name: 'merit-workbench:workbench', svgstr: workbenchSvg });
export const jobIcon = new LabIcon({ name: 'merit-workbench:job', svgstr: jobSvg });
