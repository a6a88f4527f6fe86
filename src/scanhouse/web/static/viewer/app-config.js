// The viewer's configuration. `project` in the address narrows the archive to what that project shows; `from` is the page
// of ours that the logo leads back to.
(() => {
  const query = new URLSearchParams(window.location.search);
  const project = query.get('project');
  const root = project ? `/dicomweb/projects/${encodeURIComponent(project)}` : '/dicomweb';
  const from = query.get('from') || '';
  const back = /^\/(?!\/)/.test(from) && !from.includes('\\') ? from : '/';

  window.config = {
    routerBasename: '/viewer/',
    extensions: [],
    modes: [],
    customizationService: [{ 'ohif.tours': { $set: [] } }],
    showStudyList: false,
    maxNumberOfWebWorkers: 3,
    showWarningMessageForCrossOrigin: false,
    showCPUFallbackMessage: true,
    showLoadingIndicator: true,
    strictZSpacingForVolumeViewport: true,
    groupEnabledModesFirst: true,
    maxNumRequests: { interaction: 100, thumbnail: 5, prefetch: 25 },
    studyPrefetcher: { enabled: true, displaySetsCount: 2, maxNumPrefetchRequests: 10, order: 'closest' },
    investigationalUseDialog: { option: 'configure', days: 365 },
    whiteLabeling: {
      createLogoComponentFn: React =>
        React.createElement(
          'a',
          { href: back, title: 'Back to Scanhouse', style: { display: 'flex', alignItems: 'center', gap: 8, color: '#fff', fontWeight: 600 } },
          React.createElement('img', { src: '/favicon.svg', alt: '', width: 24, height: 24 }),
          'Scanhouse',
        ),
    },
    defaultDataSourceName: 'dicomweb',
    dataSources: [
      {
        namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
        sourceName: 'dicomweb',
        configuration: {
          friendlyName: 'Scanhouse',
          name: 'scanhouse',
          qidoRoot: root,
          wadoRoot: root,
          wadoUriRoot: root,
          qidoSupportsIncludeField: true,
          imageRendering: 'wadors',
          thumbnailRendering: 'wadors',
          enableStudyLazyLoad: true,
          supportsFuzzyMatching: false,
          supportsWildcard: true,
          omitQuotationForMultipartRequest: true,
          bulkDataURI: { enabled: true },
        },
      },
    ],
    httpErrorHandler: error => {
      // The sign-in has ended: come back here after signing in again.
      if (error && error.status === 401) {
        const here = window.location.pathname + window.location.search;
        window.location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
      }
    },
  };
})();
