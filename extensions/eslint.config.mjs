import jupyter from '@jupyter/eslint-plugin';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/*.mjs', '**/*.js', '**/lib/', '**/lib-test/', '**/node_modules/', 'chain/', 'pages/', 'labextension/package.json', 'widgets/src/wire.ts'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['widgets/tsconfig.json', 'widgets/test/tsconfig.json', 'labextension/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: 'test', package: 'node:test' }] }
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }]
    }
  },
  { plugins: { jupyter } },
  ...jupyter.configs.recommended,
  {
    files: ['labextension/src/plugins/{api,translation,verbs}.ts'],
    // Small, and needed at once: by every other plugin, or for the names of commands.
    rules: { 'jupyter/prefer-lazy-imports': 'off' }
  },
  {
    files: ['widgets/src/problem.ts', 'widgets/test/**'],
    // A problem's title is the name of its class, as the server's are.
    rules: { 'jupyter/no-untranslated-string': 'off' }
  }
);
